// Handlers that tell what the context object and the environment say.
'use strict';

exports.context = async (event, context) => ({ ...context, keys: Object.keys(context) });
exports.clientContext = async (event, context) => [context.clientContext ?? 'none', context.identity ?? 'none'];
exports.remainingTime = async (event, context) => {
  const left = context.getRemainingTimeInMillis();
  return [typeof left, left > 1000000, left <= 4102444800000 - Date.now() + 5];
};
exports.noTimeLeft = async (event, context) => context.getRemainingTimeInMillis() < -1000;
exports.traceId = async () => process.env._X_AMZN_TRACE_ID ?? 'none';
exports.inspected = async (event, context) => console.log(context);
exports.symbols = async () => [
  globalThis[Symbol.for('aws.lambda.runtime.requestId')],
  globalThis[Symbol.for('aws.lambda.runtime.tenantId')] ?? 'none',
];
exports.waitsByDefault = async (event, context) => context.callbackWaitsForEmptyEventLoop;
