// SPDX-License-Identifier: Apache-2.0
// Opens a connection from each kind of place, keeps it, and says of each where JavaScript says that it was opened: its
// local port, and the stack trace of the line that makes it. Arguments: rounds of the warm loop, each how many opens.
const fs = require('fs'), http = require('http'), net = require('net'), worker = require('worker_threads');
const [rounds, every] = process.argv.slice(2).map(Number);
const kept = [], said = [];
Error.stackTraceLimit = 64;

function frames(error) {
  const prepare = Error.prepareStackTrace;
  Error.prepareStackTrace = (_, sites) => sites.filter(s => s.getFileName() && !s.isAsync())
    .map(s => [s.getFunctionName() || '<anonymous>', s.getLineNumber(), s.getFileName().replace('file://', '')]);
  const stack = error.stack;
  Error.prepareStackTrace = prepare;
  return stack;
}

function say(socket, stack) {
  kept.push(socket);
  said.push(new Promise(done => socket.once('connect', () => {
    fs.writeSync(1, JSON.stringify([socket.localPort, stack]) + '\n'); // at once: a worker's exit loses the rest
    done();
  })));
}

function open(port) {
  const here = new Error(), socket = net.connect(port, '127.0.0.1');
  say(socket, frames(here));
}

class Pool {
  #port;
  constructor(port) { this.#port = port; }
  get last() { return this.take(1); }
  take(n) {
    if (n > 0)
      return this.take(n - 1);
    return open(this.#port);
  }
}

function warm(i, port) {
  return i % every ? Math.sqrt(i) : (open(port), i);
}

function loop(port) {
  let sum = 0;
  for (let i = 1; i <= rounds; i++)
    sum += warm(i, port);
  return sum;
}

function request(port) {
  const here = new Error(), asked = http.get({ port, host: '127.0.0.1', agent: false });
  const stack = frames(here);
  asked.on('error', () => {});
  said.push(new Promise(done => asked.on('socket', socket => { say(socket, stack); done(); })));
}

async function later(port) {
  await null;
  open(port);
  await new Promise(done => setTimeout(done, 5));
  open(port);
}

async function all(port) {
  new Pool(port).last;
  [port].forEach(open);
  loop(port);
  request(port);
  await later(port);
  await Promise.resolve(port).then(p => open(p));
  eval('open(port)');
  while (said.length)
    await said.shift();
}

(async () => {
  if (!worker.isMainThread) {
    await all(worker.workerData);
    process.exit(0); // of this thread
  }
  const server = net.createServer(socket => kept.push(socket));
  await new Promise(done => server.listen({ port: 0, host: '127.0.0.1', backlog: 500 }, done));
  const { port } = server.address();
  await all(port);
  const module = await import(__dirname + '/opened.mjs');
  module.openFromModule(port, say, frames);
  while (said.length)
    await said.shift();
  const thread = new worker.Worker(__filename, { argv: process.argv.slice(2), workerData: port });
  await new Promise(done => thread.once('exit', done));
  process.exit(0);
})();
