module.exports = async () => 'exports is the function';
