// A handler with something to do when it is asked to go.
'use strict';

process.on('SIGTERM', () => {
  console.log('terminated');
  process.exit(9);
});
exports.handler = async () => 'ready';
