module.exports = 'a layer';
