exports.handler = async () => __dirname.split('/').pop();
