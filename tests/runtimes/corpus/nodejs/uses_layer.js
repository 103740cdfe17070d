const value = require('from_layer');
exports.handler = async () => value;
