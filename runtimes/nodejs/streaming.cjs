// Responses that are sent while they are made, for handlers of `awslambda.streamifyResponse`.
'use strict';

const http = require('node:http');
const net = require('node:net');
const { InvalidStreamingOperation, toPayload } = require('./errors.cjs');

const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';

// What a function can do with its response: a writable stream, and nothing of the request below it.
const METHODS = [
  'cork destroy end uncork write addListener emit eventNames getMaxListeners listenerCount',
  'listeners off on once prependListener prependOnceListener rawListeners removeAllListeners',
  'removeListener setMaxListeners setContentType',
].flatMap((names) => names.split(' '));
const SETTABLE = ['destroyed', 'writable', '_onBeforeFirstWrite'];
const READABLE = [
  'writableFinished',
  'writableObjectMode',
  'writableBuffer',
  'writableEnded',
  'writableNeedDrain',
  'writableHighWaterMark',
  'writableCorked',
  'writableLength',
];

let agent;

// Starts the response of an invocation: the stream, the Runtime API's answer, and a way to fail.
function openResponse(address, id, highWaterMark) {
  agent ??= new http.Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = (options, listener) =>
    net.createConnection({ ...options, highWaterMark }, listener);
  const colon = address.lastIndexOf(':');
  const request = http.request({
    method: 'POST',
    hostname: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
    path: `/2018-06-01/runtime/invocation/${encodeURIComponent(id)}/response`,
    headers: {
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      Trailer: [ERROR_TYPE, ERROR_BODY],
      'Content-Type': 'application/octet-stream',
    },
    agent,
  });
  const answered = new Promise((resolve, reject) => {
    request.on('response', (response) => response.on('end', resolve).on('aborted', reject).resume());
    request.on('error', reject);
  });
  // A handler that fails does not wait for the answer.
  answered.catch(() => {});
  return { stream: facade(request), answered, fail: (error, next) => fail(request, error, next) };
}

// Ends the response with what went wrong behind it.
function fail(request, error, next) {
  const payload = toPayload(error);
  const body = Buffer.from(JSON.stringify(payload)).toString('base64');
  request.addTrailers({ [ERROR_TYPE]: payload.errorType, [ERROR_BODY]: body });
  request.end(next);
}

function facade(request) {
  let isStarted = false;
  const write = request.write.bind(request);
  request.write = (chunk, encoding, callback) => {
    const isRaw =
      typeof chunk === 'string' || Buffer.isBuffer(chunk) || chunk?.constructor === Uint8Array;
    if (!isStarted) request._onBeforeFirstWrite?.((first) => write(first));
    isStarted = true;
    return write(isRaw ? chunk : JSON.stringify(chunk), encoding, callback);
  };
  const end = request.end.bind(request);
  request.end = (...last) => {
    end(...last);
  };
  request.setContentType = (contentType) => {
    if (isStarted) {
      throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    }
    request.setHeader('Content-Type', contentType);
  };
  const stream = {};
  for (const name of METHODS) stream[name] = request[name].bind(request);
  for (const name of [...SETTABLE, ...READABLE]) {
    const property = { get: () => request[name] };
    if (SETTABLE.includes(name)) {
      property.set = (value) => {
        request[name] = value;
      };
    }
    Object.defineProperty(stream, name, property);
  }
  return stream;
}

module.exports = { openResponse };
