// Handlers that return values of every kind.
'use strict';

exports.echo = async (event) => event;
exports.nothing = async () => {};
exports.nothingAtAll = () => {};
exports.nullish = async () => null;
exports.scalars = async () => [null, true, 0, -0, 1.5, 1e300, NaN, Infinity, 'text', undefined, () => 1, Symbol('s')];
exports.text = async () => ({ 'é€😀': '\x00\x1f\x7f\u2028\u2029\ufeff/\\"' });
exports.loneSurrogate = async () => '\ud800x';
exports.date = async () => new Date(0);
exports.invalidDate = async () => new Date(NaN);
exports.map = async () => new Map([[1, 2]]);
exports.buffer = async () => Buffer.from('bytes');
exports.bytes = async () => new Uint8Array([1, 2]);
exports.toJson = async () => ({ toJSON: () => 'made' });
exports.badToJson = async () => ({
  toJSON: () => {
    throw new Error('no json');
  },
});
exports.bigint = async () => ({ a: 1n });
exports.circular = async () => {
  const value = {};
  value.value = value;
  return value;
};
exports.aFunction = async () => () => 1;
exports.error = async () => new Error('returned, not thrown');
exports.errorShaped = async () => ({ errorMessage: 'not an error', errorType: 'Neither' });
exports.promiseLike = () => ({ then: (resolve) => resolve('thenable') });
exports.rejectingPromiseLike = () => ({ then: (_resolve, reject) => reject(new Error('thenable')) });
exports.plainReturn = () => 'ignored';
exports.generator = function* () {
  yield 1;
};
exports.asyncGenerator = async function* () {
  yield 1;
};
exports.sixMegabytes = async () => 'x'.repeat(6 * 1024 * 1024 - 2);
exports.sixMegabytesOfRows = async () =>
  Array.from({ length: 100000 }, (_, id) => ({ id, name: `row ${id} é`, tags: ['a', 'b'] }));
exports.sizeOfEvent = async (event) => [event.length, event.codePointAt(0)];
let count = 0;
exports.counts = async () => ++count;
exports.nested = { deeper: { handler: async () => 'nested' } };
exports.notAFunction = 7;
exports.getterOf = Object.defineProperty({}, 'handler', { get: () => async () => 'from a getter' });
exports.Class = class {
  static async handler() {
    return this === exports.Class ? 'own this' : this.constructor.name;
  }
};
exports.thisOf = function () {
  return Promise.resolve(this.constructor.name);
};
exports.argumentsOf = function () {
  return Promise.resolve([arguments.length, typeof arguments[2]]);
};
exports.processFacts = async () => ({
  cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT,
  arguments: process.argv.length,
  main: require.main === undefined,
  module: module.id === __filename,
  globals: [typeof awslambda, Object.keys(awslambda), typeof console.fatal],
  descriptor: process.env._LAMBDA_TELEMETRY_LOG_FD,
  listeners: ['uncaughtException', 'unhandledRejection', 'SIGTERM'].map((name) =>
    process.listenerCount(name),
  ),
});
