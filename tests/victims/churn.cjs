// SPDX-License-Identifier: Apache-2.0
// An HTTP server and its clients, while workers come, are cut off and go, children are started, functions are compiled
// and forgotten, and the heap is collected without end. Says how much was done, which is the same each time.
const http = require('http'), worker = require('worker_threads');
const { execFile } = require('child_process');
const [rounds, workers] = process.argv.slice(2).map(Number);
let bytes = 0, rubbish;

function get(port, agent) {
  return new Promise((done, failed) => http.get({ port, host: '127.0.0.1', agent }, response => {
    response.on('data', data => { bytes += data.length; }).on('end', done);
  }).on('error', failed));
}

async function work(port) {
  for (let i = 0; i < rounds; i++) {
    rubbish = Array.from({ length: 500 }, (_, k) => ({ k, text: 'x'.repeat(k) }));
    const once = new Function('get', 'port', 'agent', `/* ${i} */ return get(port, agent)`);
    await once(get, port, i % 3 ? false : new http.Agent({ keepAlive: i % 2 === 0 }));
    if (i % 10 === 0)
      bytes += (await (await fetch(`http://127.0.0.1:${port}/`)).text()).length;
    if (global.gc)
      global.gc({ type: i % 2 ? 'minor' : 'major' });
  }
}

(async () => {
  if (!worker.isMainThread) {
    await work(worker.workerData.port);
    worker.parentPort.postMessage(bytes);
    if (worker.workerData.linger)
      return setInterval(() => http.get({ port: worker.workerData.port, host: '127.0.0.1' }).on('error', () => {}), 1);
    process.exit(0);
  }
  const server = http.createServer((request, response) => response.end(Buffer.alloc(1000)));
  await new Promise(done => server.listen({ port: 0, host: '127.0.0.1', backlog: 500 }, done));
  const { port } = server.address(), all = [work(port)];
  for (let i = 0; i < workers; i++)
    all.push(new Promise((done, failed) => {
      const linger = i % 2 === 0;
      const thread = new worker.Worker(__filename, { argv: process.argv.slice(2), workerData: { port, linger } });
      thread.on('message', sum => { bytes += sum; if (linger) thread.terminate(); }).on('exit', done).on('error', failed);
    }));
  all.push(new Promise(done => execFile('/bin/true', done)));
  await Promise.all(all);
  console.log(bytes);
  process.exit(0);
})();
