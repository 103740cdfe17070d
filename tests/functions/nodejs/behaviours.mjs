// One Node.js function with many behaviours: the event says what to do.
//
// It understands the same events as the Python and the compiled function beside it. An event
// without `do` is echoed. `FUNCTION_INIT` says what goes wrong before the first event.

import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

if (process.env.FUNCTION_INIT === "exit") process.exit(42);
if (process.env.FUNCTION_INIT === "raise") throw new RangeError("no start");
if (process.env.FUNCTION_INIT === "hang") await wait(3_600_000);

let invocations = 0;
const seen = [];

function describe(context) {
  return {
    request_id: context.awsRequestId,
    function_arn: context.invokedFunctionArn,
    function_name: context.functionName,
    function_version: context.functionVersion,
    memory_mb: Number(context.memoryLimitInMB),
    log_group: context.logGroupName,
    log_stream: context.logStreamName,
    deadline_ms: Date.now() + context.getRemainingTimeInMillis(),
    trace_id: process.env._X_AMZN_TRACE_ID,
    client_context: context.clientContext,
  };
}

const behaviours = {
  context: (_, context) => describe(context),
  environment: () => ({ ...process.env }),
  count: () => ({ count: invocations }),
  mark: ({ text }) => {
    seen.push(text);
    return null;
  },
  marks: async ({ ms }) => {
    await wait(ms);
    return seen;
  },
  raise: ({ message }) => {
    throw new RangeError(message);
  },
  kill: () => {
    process.kill(process.pid, "SIGKILL");
    return wait(60_000);
  },
  exit: ({ code }) => process.exit(code),
  sleep: async ({ ms }) => {
    const began_ms = Date.now();
    await wait(ms);
    return { began_ms, ended_ms: Date.now(), log_stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME };
  },
  allocate: ({ mb }) => {
    const memory = Array.from({ length: mb }, () => Buffer.alloc(1_048_576, 1));
    return { sum: memory.length * 256 };
  },
  write: ({ path, text }) => {
    writeFileSync(path, text);
    return { written: path };
  },
  "slow-write": async ({ ms, path, text }) => {
    await wait(ms);
    writeFileSync(path, text);
    return { written: path };
  },
  read: ({ path }) => readFileSync(path, "utf-8"),
  log: ({ lines, text }) => {
    for (let line = 0; line < lines; line += 1) process.stdout.write(`${line} ${text}\n`);
    return { lines };
  },
  big: ({ bytes }) => "x".repeat(bytes - 2),
  unserializable: () => 1n,
  nothing: () => undefined,
};

export async function handler(event, context) {
  invocations += 1;
  const behaviour = behaviours[event?.do];
  return behaviour ? behaviour(event, context) : event;
}
