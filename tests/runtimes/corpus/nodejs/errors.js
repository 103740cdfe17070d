// Handlers that fail, each in its own way.
'use strict';

class Custom extends Error {
  constructor(message, details) {
    super(message);
    this.name = 'Custom';
    this.details = details;
  }
}

exports.throws = async () => {
  throw new Error('a message');
};
exports.custom = async () => {
  throw new Custom('custom', { deep: [1, { a: 2 }] });
};
exports.withCause = async () => {
  throw new Error('outer', { cause: new TypeError('inner') });
};
exports.withCode = async () => require('fs').readFileSync('/does/not/exist');
exports.aggregate = async () => {
  throw new AggregateError([new Error('one'), new Error('two')], 'several');
};
exports.multiLine = async () => {
  throw new Error('first\n  second\n\nthird é €');
};
exports.deleteCharacter = async () => {
  throw new Error('a\x7fb');
};
exports.text = async () => {
  throw 'text';
};
exports.number = async () => {
  throw 7;
};
exports.nothing = async () => {
  throw undefined;
};
exports.nullThrown = async () => {
  throw null;
};
exports.object = async () => {
  throw { name: 'Shaped', message: 'like an error', stack: 'Shaped: like an error\n    at nowhere (/a/b.js:1:2)' };
};
exports.plainObject = async () => {
  throw { code: 1 };
};
exports.withoutPrototype = async () => {
  throw Object.create(null);
};
exports.symbol = async () => {
  throw Symbol('s');
};
exports.withoutStack = async () => {
  const error = new Error('no stack');
  error.stack = undefined;
  throw error;
};
exports.emptyMessage = async () => {
  throw new Error('');
};
exports.circular = async () => {
  const error = new Error('circular');
  error.self = error;
  throw error;
};
exports.bigint = async () => {
  const error = new Error('bigint');
  error.big = 1n;
  throw error;
};
exports.afterAwait = async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  throw new Error('after await');
};
exports.longMessage = async () => {
  throw new Error('x'.repeat(1100000));
};
exports.unhandledRejection = async () => {
  Promise.reject(new Custom('nobody listens', 1));
  await new Promise((resolve) => setTimeout(resolve, 1000));
};
exports.unhandledText = async () => {
  Promise.reject('text');
  await new Promise((resolve) => setTimeout(resolve, 1000));
};
exports.uncaught = async () => {
  setTimeout(() => {
    throw new Custom('in a timer');
  }, 5);
  await new Promise((resolve) => setTimeout(resolve, 1000));
};
exports.uncaughtText = async () => {
  setTimeout(() => {
    throw 'text';
  }, 5);
  await new Promise((resolve) => setTimeout(resolve, 1000));
};
exports.exits = async () => {
  console.log('before');
  process.exit(42);
};
exports.exitsWithZero = async () => process.exit();
exports.killed = async () => process.kill(process.pid, 'SIGKILL') && new Promise(() => setTimeout(() => {}, 5000));
exports.aborts = async () => {
  process.exitCode = 3;
  return 'goes on';
};
exports.secondTime = async (event) => {
  if (event.fail) throw new Error('once');
  return 'fine';
};
exports.range = async () => {
  const again = () => again();
  Error.stackTraceLimit = 2;
  again();
};
