// Waits to be told which function this is, in a process that was started ahead of time. What is told is
// the environment, on standard input; the function's files are there when it has been read to its end.
'use strict';

const fs = require('node:fs');
const rehearse = require('./rehearsal.cjs');

// `parts`: what of the runtime is rehearsed meanwhile.
module.exports = async function wait(parts) {
  let isTold = false;
  const start = readSome(0).finally(() => {
    isTold = true;
  });
  await rehearse(parts, () => isTold);
  const first = await start;
  // Nobody needs this process.
  if (first.length === 0) process.exit(0);
  const told = Buffer.concat([first, fs.readFileSync(0)]).toString('utf8');
  fs.closeSync(0);
  // Takes the lowest number that is free.
  fs.openSync('/dev/null', 'r');
  const { env } = process;
  delete env._INVOKED_WAITS;
  for (const variable of told.split('\0')) {
    const end = variable.indexOf('=');
    const [name, value] = [variable.slice(0, end), variable.slice(end + 1)];
    // Only what differs: setting some, such as TZ, takes milliseconds.
    if (env[name] !== value) env[name] = value;
  }
  process.chdir(env.LAMBDA_TASK_ROOT);
};

// The next bytes of a descriptor, none at its end. On another thread, so that this one has time to rehearse.
function readSome(descriptor) {
  const buffer = Buffer.allocUnsafe(1 << 16);
  return new Promise((resolve, reject) => {
    fs.read(descriptor, buffer, 0, buffer.length, null, (error, count) =>
      error ? reject(error) : resolve(buffer.subarray(0, count)),
    );
  });
}
