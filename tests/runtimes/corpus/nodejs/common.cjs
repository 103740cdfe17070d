exports.handler = async () => __filename.split('/').pop();
