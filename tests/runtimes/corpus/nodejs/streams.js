// Handlers that send their response while they make it.
'use strict';

const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');
const { streamifyResponse, HttpResponseStream } = awslambda;

exports.writes = streamifyResponse(async (event, stream) => {
  stream.write('text ');
  stream.write(Buffer.from('buffer '));
  stream.write({ an: 'object' });
  stream.end();
});
exports.typed = streamifyResponse(async (event, stream) => {
  stream.setContentType('text/plain');
  stream.write('typed');
  stream.end();
});
exports.typedTooLate = streamifyResponse(async (event, stream) => {
  stream.write('started');
  stream.setContentType('text/plain');
});
exports.empty = streamifyResponse(async (event, stream) => stream.end());
exports.withPrelude = streamifyResponse(async (event, stream) => {
  stream = HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' } });
  stream.write('body');
  stream.end();
});
exports.piped = streamifyResponse(async (event, stream) => {
  await pipeline(Readable.from(['a', 'b', 'c']), stream);
});
exports.large = streamifyResponse(
  async (event, stream) => {
    for (let i = 0; i < 64; i++) {
      if (!stream.write('x'.repeat(65536))) await new Promise((resolve) => stream.once('drain', resolve));
    }
    stream.end();
  },
  { highWaterMark: 65536 },
);
exports.returns = streamifyResponse(async (event, stream) => {
  stream.write('a');
  stream.end();
  return 'ignored';
});
exports.failsAtOnce = streamifyResponse(async () => {
  throw new Error('at once');
});
exports.failsMidway = streamifyResponse(async (event, stream) => {
  stream.write('some');
  throw new TypeError('midway');
});
exports.notAsync = streamifyResponse((event, stream) => {
  stream.end('sync');
});
exports.context = streamifyResponse(async (event, stream, context) => {
  stream.write(Object.keys(context));
  stream.write([context.callbackWaitsForEmptyEventLoop, context.awsRequestId]);
  stream.write([Object.keys(stream), stream.writable, stream.writableEnded]);
  stream.end();
});
exports.otherMode = async () => 1;
exports.otherMode[Symbol.for('aws.lambda.runtime.handler.streaming')] = 'request';
