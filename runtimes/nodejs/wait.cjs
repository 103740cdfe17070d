// Waits to be told which function this is, in a process that was started ahead of time. What is told is
// the environment, on standard input; the function's files are there when it has been read to its end.
'use strict';

const fs = require('node:fs');

module.exports = function wait() {
  const told = fs.readFileSync(0, 'utf8');
  // Nobody needs this process.
  if (told === '') process.exit(0);
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
