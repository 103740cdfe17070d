exports.handler = async () => 'index of a directory';
