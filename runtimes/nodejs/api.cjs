// The Runtime API 2018-06-01 over one kept connection: just as much HTTP/1.1 as it speaks.
//
// The connection keeps the process alive only while an answer is awaited, so that a function's event
// loop can run empty, which has a meaning.
'use strict';

const net = require('node:net');
const { toPayload, toXrayCause } = require('./errors.cjs');

const ROOT = '/2018-06-01/runtime/';
// observed: a longer one is left out.
const XRAY_CAUSE_BYTES_MAX = 1024 * 1024;

class RuntimeApi {
  constructor(address) {
    this.address = address;
    const colon = address.lastIndexOf(':');
    this.host = address.slice(0, colon);
    this.port = Number(address.slice(colon + 1));
    this.common = `Host: ${address}\r\nUser-Agent: invoked-nodejs/${process.versions.node}\r\n`;
    this.socket = undefined;
    this.received = [];
    this.pending = undefined;
    this.missing = 0;
    this.posting = undefined;
    // Set when the process is about to end, and must not be given work.
    this.isEnding = false;
  }

  async next() {
    await this.posting;
    if (this.isEnding) await new Promise(() => {});
    const answer = await this.exchange('GET', 'invocation/next', '', '');
    if (!isSuccess(answer)) {
      complain(`Failed to get next invocation. Http Response code: ${answer.status}`);
      throw new Error(`Failed to get next invocation, error ${answer.status}`);
    }
    // From a turn of its own, so that Node's stream machinery is not in the function's stack traces.
    await new Promise((resolve) => setImmediate(resolve));
    return { headers: answer.headers, body: answer.body.toString() };
  }

  // Throws at once when the result has no JSON. An answer that is refused is logged, and is over.
  postResponse(result, id) {
    return this.post(`invocation/${encodeURIComponent(id)}/response`, '', stringify(result));
  }

  postInvocationError(error, id) {
    const cause = toXrayCause(error);
    const fits = cause && Buffer.byteLength(cause) < XRAY_CAUSE_BYTES_MAX;
    const header = fits ? `Lambda-Runtime-Function-XRay-Error-Cause: ${cause}\r\n` : '';
    const path = `invocation/${encodeURIComponent(id)}/error`;
    return this.post(path, header, stringify(toPayload(error)));
  }

  postInitError(error) {
    const payload = toPayload(error);
    const type = payload.errorType.replace(/[\r\n]+/g, ' ');
    const header = `Lambda-Runtime-Function-Error-Type: ${type}\r\n`;
    return this.post('init/error', header, stringify(payload));
  }

  // Posts go out in order, and at once if none is under way: the function may end the process next.
  post(path, headers, body) {
    const start = () => this.postNow(path, `Content-Type: application/json\r\n${headers}`, body);
    const posting = this.posting ? this.posting.then(start) : start();
    this.posting = posting;
    return posting.then(() => {
      if (this.posting === posting) this.posting = undefined;
    });
  }

  async postNow(path, headers, body) {
    // A function can fail while it waits for work, whose connection then says nothing else.
    const api = this.pending ? new RuntimeApi(this.address) : this;
    try {
      const answer = await api.exchange('POST', path, headers, body);
      if (!isSuccess(answer)) {
        complain(
          `Failed to post handler success response. Http response code: ${answer.status}.`,
        );
      }
    } catch (error) {
      // The Runtime API is gone, and asking it for work will end this process.
      complain(`Failed to post handler success response. ${error.message}`);
    }
  }

  // One request, sent once, and its answer.
  exchange(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      this.connect();
      this.pending = { resolve, reject };
      this.socket.ref();
      const length = method === 'POST' ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : '';
      const head = `${method} ${ROOT}${path} HTTP/1.1\r\n${this.common}${headers}${length}\r\n`;
      this.socket.write(head + body);
    });
  }

  connect() {
    if (this.socket) return;
    const socket = net.connect({ host: this.host, port: this.port });
    socket.setNoDelay(true);
    const lost = (error) => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      this.received = [];
      this.missing = 0;
      this.settle((pending) => pending.reject(error ?? new Error('the connection was closed')));
    };
    socket.on('data', (chunk) => this.read(socket, chunk));
    socket.on('error', lost);
    socket.on('end', () => lost());
    socket.on('close', () => lost());
    this.socket = socket;
  }

  read(socket, chunk) {
    this.received.push(chunk);
    if (this.missing > chunk.length) {
      this.missing -= chunk.length;
      return;
    }
    const data = this.received.length === 1 ? chunk : Buffer.concat(this.received);
    this.received = [data];
    const { answer, missing } = parse(data);
    this.missing = missing;
    if (!answer) return;
    this.received = [];
    socket.unref();
    if (answer.headers.connection?.toLowerCase() === 'close') {
      this.socket = undefined;
      socket.destroy();
    }
    this.settle((pending) => pending.resolve(answer));
  }

  settle(how) {
    const pending = this.pending;
    this.pending = undefined;
    if (pending) how(pending);
  }
}

// An answer if it is all there; otherwise at least how many bytes are missing.
function parse(data) {
  const end = data.indexOf('\r\n\r\n');
  if (end < 0) return { missing: 1 };
  const [statusLine, ...lines] = data.toString('utf8', 0, end).split('\r\n');
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    if (value) headers[line.slice(0, colon).toLowerCase()] = value;
  }
  const status = Number(statusLine.split(' ')[1]);
  const start = end + 4;
  if (headers['transfer-encoding']?.toLowerCase() === 'chunked') {
    const body = dechunk(data, start);
    return body ? { answer: { status, headers, body }, missing: 0 } : { missing: 1 };
  }
  const missing = start + Number(headers['content-length'] ?? 0) - data.length;
  if (missing > 0) return { missing };
  return { answer: { status, headers, body: data.subarray(start) }, missing: 0 };
}

function dechunk(data, at) {
  const chunks = [];
  for (;;) {
    const lineEnd = data.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(data.toString('latin1', at, lineEnd), 16);
    const start = lineEnd + 2;
    if (data.length < start + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(data.subarray(start, start + size));
    at = start + size + 2;
  }
}

const isSuccess = ({ status }) => status >= 200 && status < 300;

function stringify(value) {
  let text;
  try {
    text = JSON.stringify(value === undefined ? null : value);
  } catch {
    throw new Error('Unable to stringify response body');
  }
  // observed: what AWS's client says of a function or a symbol, which have no JSON.
  if (text === undefined) throw new TypeError('Wrong arguments');
  return text;
}

// Past the console, which is the function's to replace.
function complain(text) {
  require('node:fs').writeSync(1, `[ERROR] [${Date.now()}] LAMBDA_RUNTIME ${text}\n`);
}

module.exports = { RuntimeApi };
