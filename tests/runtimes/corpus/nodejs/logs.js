// Handlers that write to the log.
'use strict';

console.log('while loading');

exports.levels = async () => {
  for (const level of ['trace', 'debug', 'info', 'log', 'warn', 'error', 'fatal']) console[level](level, 1);
};
exports.formats = async () => {
  console.log('%s is %d, %j and %o', 'text', 7, { a: 1 }, [1]);
  console.log();
  console.log(undefined);
  console.log('');
  console.log(null, 1, 'a', { deep: { deeper: { deepest: { hidden: 1 } } } });
  console.log(['a', 'b']);
  console.log('multi\nline', 'and\r\nmore');
  console.log('é€😀 \u2028');
  console.log(1n, Symbol('s'));
};
exports.errors = async () => {
  const error = new TypeError('logged');
  error.code = 'E_CODE';
  error.stack = 'TypeError: logged\n    at here (/a.js:1:1)';
  console.error(error);
  console.error('with text', error);
  console.error({ nested: error });
  const bare = new Error('no stack');
  bare.stack = undefined;
  console.log(bare);
  console.log('text', bare);
};
exports.objects = async () => {
  const circular = {};
  circular.circular = circular;
  console.log(circular);
  console.log({ big: 1n });
  console.log({ undefined, f() {}, date: new Date(0), map: new Map([[1, 2]]) });
  console.info({ message: 'a message', level: 'mine' });
  console.log(7);
  console.log(true);
};
exports.others = async () => {
  console.table([{ a: 1 }]);
  console.group('group');
  console.log('in group');
  console.groupEnd();
  console.count();
  console.assert(false, 'asserted');
  console.dir({ a: 1 });
  process.stdout.write('raw\n');
  process.stderr.write('raw error\n');
};
exports.failsAfterLog = async () => {
  console.error('first');
  throw new Error('then');
};
exports.replaced = async () => {
  console.error = (...all) => process.stdout.write(`replaced ${all.length}\n`);
  throw new Error('through the replacement');
};
