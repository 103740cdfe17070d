Promise.reject(new Error('while loading'));
exports.handler = async () => 1;
