// Lambda's log formats for the console: text or JSON, to standard output or in telemetry frames.
'use strict';

const { format } = require('node:util');
const errors = require('./errors.cjs');

// observed: `mask` is the level in the type of a telemetry frame.
const LEVELS = {
  TRACE: { name: 'TRACE', priority: 1, mask: 0x04 },
  DEBUG: { name: 'DEBUG', priority: 2, mask: 0x08 },
  INFO: { name: 'INFO', priority: 3, mask: 0x0c },
  WARN: { name: 'WARN', priority: 4, mask: 0x10 },
  ERROR: { name: 'ERROR', priority: 5, mask: 0x14 },
  FATAL: { name: 'FATAL', priority: 6, mask: 0x18 },
};
const TEXT_FRAME = 0xa55a0003;
const JSON_FRAME = 0xa55a0002;

// Where libraries look for the invocation that is being served.
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
const TENANT_ID = Symbol.for('aws.lambda.runtime.tenantId');

function setInvocation(requestId, tenantId) {
  globalThis[REQUEST_ID] = requestId;
  globalThis[TENANT_ID] = tenantId;
}

function forgetInvocation() {
  delete globalThis[REQUEST_ID];
  delete globalThis[TENANT_ID];
}

let writesJson = false;

function patchConsole() {
  const { env } = process;
  writesJson = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  const lowest = LEVELS[env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;
  const write = env._LAMBDA_TELEMETRY_LOG_FD === undefined ? writeLine : frameWriter();
  const toText = writesJson ? jsonLine : textLine;
  const at = (level) =>
    level.priority < lowest.priority
      ? () => {}
      : (message, ...rest) => {
          const now = new Date();
          write(level, now, toText(level, now.toISOString(), [message, ...rest]));
        };
  console.trace = at(LEVELS.TRACE);
  console.debug = at(LEVELS.DEBUG);
  console.info = at(LEVELS.INFO);
  console.log = console.info;
  console.warn = at(LEVELS.WARN);
  console.error = at(LEVELS.ERROR);
  console.fatal = at(LEVELS.FATAL);
}

// One line on standard output is one event of the log.
function writeLine(_level, _now, text) {
  process.stdout.write(text.replace(/\n/g, '\r') + '\n');
}

// Frames on a descriptor: type, length, microseconds, text; big-endian.
function frameWriter() {
  const fs = require('node:fs');
  const descriptor = parseInt(process.env._LAMBDA_TELEMETRY_LOG_FD);
  delete process.env._LAMBDA_TELEMETRY_LOG_FD;
  const first = writesJson ? JSON_FRAME : TEXT_FRAME;
  const end = writesJson ? '' : '\n';
  return (level, now, text) => {
    const message = Buffer.from(text + end, 'utf8');
    const head = Buffer.alloc(16);
    head.writeUInt32BE((first | level.mask) >>> 0, 0);
    head.writeUInt32BE(message.length, 4);
    head.writeBigInt64BE(BigInt(now.valueOf()) * 1000n, 8);
    fs.writeSync(descriptor, head);
    fs.writeSync(descriptor, message);
  };
}

function textLine(level, timestamp, params) {
  return `${timestamp}\t${globalThis[REQUEST_ID]}\t${level.name}\t${format(...params)}`;
}

function jsonLine(level, timestamp, params) {
  const line = { timestamp, level: level.name, requestId: globalThis[REQUEST_ID] };
  const tenantId = globalThis[TENANT_ID];
  if (tenantId !== undefined && tenantId !== null) line.tenantId = tenantId;
  if (params.length === 1) {
    line.message = params[0];
    try {
      return JSON.stringify(line, (_key, value) =>
        value instanceof Error ? Object.assign(described(value), value) : value,
      );
    } catch {
      line.message = format(line.message);
      return JSON.stringify(line);
    }
  }
  line.message = format(...params);
  const error = params.find((param) => param instanceof Error);
  if (error) {
    Object.assign(line, described(error));
    line.stackTrace = Array.isArray(line.stackTrace) ? line.stackTrace : [];
  }
  return JSON.stringify(line);
}

function described(error) {
  const { message, stack } = error;
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: message,
    stackTrace: typeof stack === 'string' ? stack.split('\n') : stack,
  };
}

// The line about a failed function. It goes through the console, which the function may replace.
function failure(title, error) {
  if (writesJson) console.error(errors.toError(error));
  else console.error(title, errors.toLogText(errors.toError(error)));
}

module.exports = { failure, forgetInvocation, patchConsole, setInvocation };
