exports.handler = async () => 'cjs below a module package';
