// The first invocation, rehearsed by a runtime that waits for its function: two functions that do nothing
// are loaded, and one event is served from a socket of our own.
//
// Whatever runs for the first time in a process is read, compiled and linked first, which takes longer than
// the invocation. Nothing of the rehearsal is there when a function comes.
'use strict';

const net = require('node:net');
const { RuntimeApi } = require('./api.cjs');

const ID = '00000000-0000-0000-0000-000000000000';
const NEXT = [
  'HTTP/1.1 200 OK',
  'content-type: application/json',
  `lambda-runtime-aws-request-id: ${ID}`,
  'lambda-runtime-deadline-ms: 0',
  'lambda-runtime-invoked-function-arn: arn',
  'lambda-runtime-trace-id: Root=1',
  'content-length: 2',
  '',
  '{}',
].join('\r\n');
const ACCEPTED = 'HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n';

// `isCancelled` is asked between the steps. What fails is left for the function to meet.
module.exports = async function rehearse({ load, forget, Runtime }, isCancelled) {
  try {
    const handler = await load('rehearsed.handler');
    if (isCancelled()) return;
    await serveOne(Runtime, handler);
    if (isCancelled()) return;
    await load('rehearsed-module.handler');
    if (isCancelled()) return;
    // Loaded before any function by AWS's client, and by most functions.
    require('node:http');
  } catch {
    // A function that meets the same will say so.
  } finally {
    forget();
  }
};

// Has one event handled, and is over when both ends of the connection are closed.
async function serveOne(Runtime, handler) {
  const server = net.createServer();
  await settled(server, 'listening', () => server.listen(0, '127.0.0.1'));
  const api = new RuntimeApi(`127.0.0.1:${server.address().port}`);
  const closed = settled(server, 'close', () => server.on('connection', serve));
  new Runtime(api, handler, {}).scheduleIteration();
  await closed;

  function serve(socket) {
    server.close();
    socket.once('data', () => {
      socket.write(NEXT);
      socket.once('data', () => {
        // The runtime asks for no second one.
        api.isEnding = true;
        socket.end(ACCEPTED);
      });
    });
  }
}

function settled(emitter, event, start) {
  return new Promise((resolve, reject) => {
    emitter.once('error', reject);
    emitter.once(event, resolve);
    start();
  });
}
