// Handlers that end an invocation without a promise.
'use strict';

const later = (what, ms = 20) => setTimeout(what, ms);

exports.now = (event, context, callback) => callback(null, 'now');
exports.afterTimer = (event, context, callback) => later(() => callback(null, 'after a timer'));
exports.waitsForLoop = (event, context, callback) => {
  later(() => console.log('still running'));
  callback(null, 'waited');
};
exports.doesNotWait = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  later(() => console.log('not before the answer'), 300);
  callback(null, 'did not wait');
};
exports.never = () => later(() => console.log('loop ran empty'));
exports.error = (event, context, callback) => callback(new Error('through the callback'));
exports.errorText = (event, context, callback) => callback('just text');
exports.errorObject = (event, context, callback) => callback({ code: 7, toString: () => 'an object' });
exports.errorEmptyText = (event, context, callback) => callback('');
exports.errorFalse = (event, context, callback) => callback(false, 'not null');
exports.twice = (event, context, callback) => {
  callback(null, 'first');
  callback(null, 'second');
};
exports.callbackThenThrow = (event, context, callback) => {
  callback(null, 'called back');
  throw new Error('too late');
};
exports.promiseAndCallback = async (event, context, callback) => {
  callback(null, 'callback');
  return 'promise';
};
exports.bigint = (event, context, callback) => callback(null, { a: 1n });
exports.succeed = (event, context) => context.succeed('succeeded');
exports.succeedWithoutWaiting = (event, context) => {
  later(() => console.log('not before the answer'), 300);
  context.succeed('succeeded');
};
exports.fail = (event, context) => context.fail(new Error('failed'));
exports.failWithNothing = (event, context) => context.fail();
exports.done = (event, context) => context.done(null, 'done');
exports.doneWithError = (event, context) => context.done(new TypeError('done'));
exports.doneTwice = (event, context) => {
  context.done(null, 'first');
  context.succeed('second');
  context.fail(new Error('third'));
};
exports.detached = (event, { succeed }) => succeed('detached');
exports.throws = () => {
  throw new Error('thrown');
};
