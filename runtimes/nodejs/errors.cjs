// What failures are called, and how they are written for the invoker, for X-Ray and for the log.
'use strict';

const { types } = require('node:util');

class ImportModuleError extends Error {}
class HandlerNotFound extends Error {}
class MalformedHandlerName extends Error {}
class UserCodeSyntaxError extends Error {}
class MalformedStreamingHandler extends Error {}
class InvalidStreamingOperation extends Error {}
class UnhandledPromiseRejection extends Error {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}

const classes = {
  ImportModuleError,
  HandlerNotFound,
  MalformedHandlerName,
  UserCodeSyntaxError,
  MalformedStreamingHandler,
  InvalidStreamingOperation,
  UnhandledPromiseRejection,
};
for (const [name, type] of Object.entries(classes)) type.prototype.name = `Runtime.${name}`;

// A character that no header may have.
const withoutDelete = (text) => text?.replace(/\x7F/g, '%7F');

const isText = (value) => typeof value === 'string' && value !== '';
const isError = (value) =>
  types.isNativeError(value) ||
  (value && isText(value.name) && isText(value.message) && isText(value.stack));

// The error as the invoker gets it.
function toPayload(error) {
  try {
    if (!isError(error)) {
      return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
    }
    return {
      errorType: withoutDelete(error.name),
      errorMessage: withoutDelete(error.message),
      trace: withoutDelete(error.stack).split('\n'),
    };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

// The error as X-Ray gets it; nothing if it cannot be written.
function toXrayCause(error) {
  try {
    const lines = error.stack ? withoutDelete(error.stack).split('\n').slice(1) : [];
    const stack = lines.map(toXrayFrame);
    return JSON.stringify({
      working_directory: process.cwd(),
      exceptions: [
        { type: withoutDelete(error.name), message: withoutDelete(error.message), stack },
      ],
      paths: [...new Set(stack.map((frame) => frame.path))],
    });
  } catch {
    return '';
  }
}

// `    at label (path:line:column)`, or without a label and without parentheses.
function toXrayFrame(text) {
  const bare = text.trim().replace(/\(|\)/g, '');
  const frame = bare.substring(bare.indexOf(' ') + 1);
  const space = frame.lastIndexOf(' ');
  const label = space >= 0 ? frame.slice(0, space) : '';
  const [path, line] = (label ? frame.slice(space + 1) : frame).split(':');
  return { path, line: parseInt(line), label: label || 'anonymous' };
}

const toError = (value) => (value instanceof Error ? value : new Error(value));

// The error as a line of the log has it: with everything that was attached to it.
function toLogText(error) {
  try {
    return '\t' + JSON.stringify(error, (_key, value) => attached(value));
  } catch {
    return '\t' + JSON.stringify(toPayload(error));
  }
}

function attached(value) {
  if (!(value instanceof Error)) return value;
  const { name: errorType, message: errorMessage, code } = value;
  const written = Object.assign({ errorType, errorMessage, code }, value);
  if (typeof value.stack === 'string') written.stack = value.stack.split('\n');
  return written;
}

module.exports = { ...classes, toError, toLogText, toPayload, toXrayCause };
