// The loop of the Node.js runtime: ask for an invocation, call the handler, post what it returned.
//
// A CommonJS program, because that starts some 5 ms sooner than a module; functions of either kind
// are loaded. `http` is left to functions that stream, in streaming.cjs.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');
const { RuntimeApi } = require('./api.cjs');
const errors = require('./errors.cjs');
const log = require('./log.cjs');

// For functions there is no main module, as with AWS's client, which is an ES module.
process.mainModule = undefined;

// As seen from the name that AWS's client has: it shows in messages about modules that are missing.
const requireForFunction = createRequire(path.join(__dirname, 'index.mjs'));

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const BEFORE_EXIT = Symbol.for('aws.lambda.beforeExit');

// What happens when nothing is left to do in this process: the event loop is empty.
const whenIdle = (listener) => {
  globalThis[BEFORE_EXIT] = listener;
};
const forgetIdle = () => whenIdle(() => {});

class HttpResponseStream {
  // Has the status code and the headers of an HTTP answer precede the body.
  static from(stream, prelude) {
    stream.setContentType('application/vnd.awslambda.http-integration-response');
    stream._onBeforeFirstWrite = (write) => {
      write(JSON.stringify(prelude));
      write(new Uint8Array(8));
    };
    return stream;
  }
}

function provideGlobals() {
  if (['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (typeof options?.highWaterMark === 'number') {
        handler[HIGH_WATER_MARK] = parseInt(options.highWaterMark);
      }
      return handler;
    },
    HttpResponseStream,
  };
}

// Finds the handler `path/to/module.export.nested` below a directory.
async function loadHandler(root, name) {
  if (name.includes('..')) {
    throw new errors.MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(name);
  const folder = name.substring(0, name.indexOf(base));
  const split = base.match(/^([^.]*)\.(.*)$/);
  if (!split) throw new errors.MalformedHandlerName('Bad handler');
  provideGlobals();
  const [, moduleName, exported] = split;
  const loaded = await loadModule(root, folder, moduleName).catch((error) => {
    if (error instanceof SyntaxError) throw new errors.UserCodeSyntaxError(error);
    if (error?.code === 'MODULE_NOT_FOUND') throw new errors.ImportModuleError(error);
    throw error;
  });
  const handler = exported.split('.').reduce((object, key) => object && object[key], loaded);
  if (!handler) throw new errors.HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new errors.HandlerNotFound(`${name} is not a function`);
  return handler;
}

// The order of the attempts is AWS's.
async function loadModule(root, folder, name) {
  const file = path.resolve(root, folder, name);
  const isModule = fs.existsSync(file + '.js') && isInModulePackage(path.dirname(file));
  const attempts = [
    ['', requireForFunction],
    ['.js', isModule ? (found) => import(found) : requireForFunction],
    ['.mjs', (found) => import(found)],
    ['.cjs', requireForFunction],
  ];
  for (const [extension, load] of attempts) {
    const loaded = fs.existsSync(file + extension) && (await load(file + extension));
    if (loaded) return loaded;
  }
  return requireForFunction(requireForFunction.resolve(name, { paths: [root, folder] }));
}

// Whether the nearest package.json says that `.js` files are ES modules.
function isInModulePackage(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const file = path.join(folder, 'package.json');
  if (fs.existsSync(file)) {
    try {
      const description = JSON.parse(fs.readFileSync(file));
      if (description) return description.type === 'module';
    } catch (error) {
      console.warn(
        `${file} cannot be read, it will be ignored for ES module detection purposes.`,
        error,
      );
      return false;
    }
  }
  return folder !== '/' && isInModulePackage(path.dirname(folder));
}

// What the handler is told about this invocation, besides how to end it.
function invocationFacts(headers) {
  const { env } = process;
  const traceId = headers['lambda-runtime-trace-id'];
  if (traceId) env._X_AMZN_TRACE_ID = traceId;
  else delete env._X_AMZN_TRACE_ID;
  const deadline = Number(headers['lambda-runtime-deadline-ms'] ?? 0);
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parseHeader(headers['lambda-runtime-client-context'], 'ClientContext'),
    identity: parseHeader(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: function () {
      return deadline - Date.now();
    },
  };
}

function parseHeader(text, name) {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.toString()}`);
  }
}

// The ways in which a handler can end its invocation. Only the first one counts.
class Ending {
  constructor(api, id, next) {
    this.api = api;
    this.id = id;
    this.next = next;
    this.isAnswered = false;
    this.isOver = false;
    this.waitsForIdle = true;
  }

  // The context object's own part: `succeed`, `fail`, `done`, and when a callback takes effect.
  context() {
    const ending = this;
    return {
      get callbackWaitsForEmptyEventLoop() {
        return ending.waitsForIdle;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        ending.waitsForIdle = value;
      },
      succeed: this.once((result) => this.done(null, result)),
      fail: this.once((error) => this.done(error ?? 'handled')),
      done: this.once((error, result) => this.done(error, result)),
    };
  }

  callback() {
    return this.once((error, result) => {
      forgetIdle();
      if (error !== undefined && error !== null) this.fail(error);
      else if (!this.waitsForIdle) this.answer(result);
      else whenIdle(() => setImmediate(() => this.answer(result)));
    });
  }

  once(end) {
    return (...args) => {
      if (this.isOver) return;
      // One that throws, because the answer has no JSON, leaves room for the error.
      end(...args);
      this.isOver = true;
    };
  }

  done(error, result) {
    forgetIdle();
    if (error !== undefined && error !== null) this.fail(error);
    else this.answer(result);
  }

  fail(error) {
    log.failure('Invoke Error', error);
    this.api.postInvocationError(error, this.id).then(this.next);
  }

  answer(result) {
    if (this.isAnswered) {
      console.error(
        'Invocation has already been reported as done. Cannot call complete more than once per invocation.',
      );
      return;
    }
    this.isAnswered = true;
    this.api.postResponse(result, this.id).then(this.next);
  }
}

// The names of this class and of its methods show in stack traces of functions.
class Runtime {
  constructor(api, handler, onFailure) {
    this.api = api;
    this.handler = handler;
    this.onFailure = onFailure;
    this.isStreaming = handler[STREAMING] === 'response';
    if (handler[STREAMING] && !this.isStreaming) {
      throw new errors.MalformedStreamingHandler('Only response streaming is supported.');
    }
  }

  scheduleIteration() {
    setImmediate(() => {
      const turn = this.isStreaming ? this.handleOnceStreaming() : this.handleOnceNonStreaming();
      turn.catch((error) => {
        console.log(`Unexpected Top Level Error: ${error.toString()}`);
        this.onFailure.uncaughtException(error);
      });
    });
  }

  // Waits for an invocation, and makes it the one that log lines and failures belong to.
  async receive() {
    const { headers, body } = await this.api.next();
    const id = headers['lambda-runtime-aws-request-id'];
    if (!id) throw new Error('invocation id is missing or invalid');
    log.setInvocation(id, headers['lambda-runtime-aws-tenant-id']);
    const end = (code) => (error) => {
      this.api.isEnding = true;
      this.api.postInvocationError(error, id).then(() => process.exit(code));
    };
    this.onFailure.uncaughtException = end(129);
    this.onFailure.unhandledRejection = end(128);
    return { id, headers, body };
  }

  async handleOnceNonStreaming() {
    const { id, headers, body } = await this.receive();
    const next = () => this.scheduleIteration();
    const ending = new Ending(this.api, id, next);
    const context = ending.context();
    const callback = ending.callback();
    // A handler that neither calls back nor returns a promise is done when nothing is left to do.
    whenIdle(() => {
      ending.isAnswered = true;
      this.api.postResponse(null, id).then(next);
    });
    try {
      const event = JSON.parse(body);
      const result = this.handler(event, Object.assign(context, invocationFacts(headers)), callback);
      if (result && typeof result.then === 'function') {
        result.then(context.succeed, context.fail).catch(context.fail);
      }
    } catch (error) {
      callback(error);
    }
  }

  async handleOnceStreaming() {
    const { openResponse } = require('./streaming.cjs');
    const { id, headers, body } = await this.receive();
    let waitsForIdle = true;
    const next = () => {
      forgetIdle();
      if (waitsForIdle) whenIdle(() => setImmediate(() => this.scheduleIteration()));
      else this.scheduleIteration();
    };
    const response = openResponse(this.api.address, id, this.handler[HIGH_WATER_MARK]);
    const fail = (error) => {
      log.failure('Invoke Error', error);
      response.fail(error, next);
    };
    whenIdle(() => this.scheduleIteration());
    try {
      const context = {
        get callbackWaitsForEmptyEventLoop() {
          return waitsForIdle;
        },
        set callbackWaitsForEmptyEventLoop(value) {
          waitsForIdle = value;
        },
      };
      Object.assign(context, invocationFacts(headers));
      const running = this.handler(JSON.parse(body), response.stream, context);
      if (!running || typeof running.then !== 'function') {
        fail('Streaming does not support non-async handlers.');
        return;
      }
      if ((await running) !== undefined) console.warn('Streaming handlers ignore return values.');
      await response.answered;
      if (response.stream.writableFinished) next();
      else fail('Response stream is not finished.');
    } catch (error) {
      fail(error);
    }
  }
}

async function main() {
  log.patchConsole();
  const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
  const endInit = (code) => (error) => {
    api.isEnding = true;
    api.postInitError(error).then(() => process.exit(code));
  };
  const onFailure = { uncaughtException: endInit(129), unhandledRejection: endInit(128) };
  process.on('uncaughtException', (error) => {
    log.failure('Uncaught Exception', error);
    onFailure.uncaughtException(error);
  });
  process.on('unhandledRejection', (reason, promise) => {
    const error = new errors.UnhandledPromiseRejection(reason, promise);
    log.failure('Unhandled Promise Rejection', error);
    onFailure.unhandledRejection(error);
  });
  forgetIdle();
  process.on('beforeExit', () => globalThis[BEFORE_EXIT]());
  // A function that waits for ever while it is loaded leaves with Node's own code for that.
  const neverLoaded = () => {
    process.exitCode = 13;
    process.stderr.write('Warning: Detected unsettled top-level await in the function\n');
  };
  process.once('beforeExit', neverLoaded);
  const handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  process.off('beforeExit', neverLoaded);
  new Runtime(api, handler, onFailure).scheduleIteration();
}

// What a runtime that waits rehearses, and how everything of that is forgotten.
const rehearsed = {
  Runtime,
  load: (name) => loadHandler(__dirname, name),
  forget() {
    log.forgetInvocation();
    forgetIdle();
    delete globalThis.awslambda;
    delete process.env._X_AMZN_TRACE_ID;
    for (const file of ['rehearsal.cjs', 'rehearsed.js', 'wait.cjs']) {
      delete requireForFunction.cache[path.join(__dirname, file)];
    }
  },
};

// In a turn of its own, so that the loading of this file is not in the function's stack traces. What
// a function throws while it is loaded is uncaught, for its own listeners as well.
Promise.resolve()
  .then(() => process.env._INVOKED_WAITS && require('./wait.cjs')(rehearsed))
  .then(main)
  .catch((error) =>
    setImmediate(() => {
      throw error;
    }),
  );
