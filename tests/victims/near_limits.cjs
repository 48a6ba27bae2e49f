// SPDX-License-Identifier: Apache-2.0
// Sockets where V8 has little left, or nearly nothing runs any more: near_limits.cjs CASE. Says what happened, which is
// the same each time.
const net = require('net'), v8 = require('v8'), fs = require('fs');
const { Worker, isMainThread, workerData } = require('worker_threads');
const say = what => fs.writeSync(1, JSON.stringify(what) + '\n');
const dial = port => net.connect(port, '127.0.0.1').on('error', () => {}).resume();
const serve = then => {
  const server = net.createServer(s => s.on('error', () => {}).end());
  server.listen({ port: 0, host: '127.0.0.1', backlog: 500 }, () => then(server.address().port, server));
};
const [MiB, SMALL] = [1048576, 88]; // bytes of an array of four, its elements and its place in another

// Small arrays up to `argv[3]` of 32 MiB, and 100 sockets, one after another.
function heap() {
  serve((port, server) => {
    const keep = [], limit = 32 * MiB;
    global.gc();
    const count = Math.floor((process.argv[3] * limit - v8.getHeapStatistics().used_heap_size) / SMALL);
    for (let i = 0; i < count; i++) keep.push([i, i + 1, i + 2, i + 3]);
    let closed = 0;
    (function next() {
      if (closed < 100) return dial(port).on('close', () => { closed++; next(); });
      server.close();
      say([closed, keep.length > 0]);
    })();
  });
}

// From callbacks of a FinalizationRegistry, and of 'beforeExit' and 'exit'.
function ending() {
  const said = [];
  let finalized = 0, closed = 0, rounds = 3;
  serve(async (port, server) => {
    const registry = new FinalizationRegistry(() => { finalized++; dial(port).on('close', () => closed++); });
    (() => { for (let i = 0; i < 50; i++) registry.register({ i }, i); })();
    while (closed < 50) {
      global.gc();
      await new Promise(done => setTimeout(done, 2));
    }
    server.close();
    process.on('exit', code => {
      said.push(`exit ${code}`);
      for (let i = 0; i < 20; i++) dial(port);
      say({ said, finalized, closed });
    });
  });
  process.on('beforeExit', code => {
    said.push(`before ${code}`);
    if (rounds--) serve((port, server) => dial(port).on('close', () => { closed++; server.close(); }));
  });
}

// Workers that are cut off while they open, and one that runs out of its heap.
function workers() {
  serve(async port => {
    const events = {}, count = what => { events[what] = (events[what] || 0) + 1; };
    const start = (kind, resourceLimits) => new Worker(__filename, { argv: ['worker'], workerData: { port, kind }, resourceLimits })
      .on('error', e => count(`error ${e.code}`)).on('exit', code => count(`exit ${code}`));
    for (let i = 0; i < 10; i++) {
      const worker = start('loop');
      await new Promise(done => worker.once('message', done));
      await new Promise(done => setTimeout(done, i % 7));
      await worker.terminate();
    }
    const worker = start('fill', { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 });
    await new Promise(done => worker.on('exit', done));
    say(events);
    process.exit(0);
  });
}

function worker() {
  const { parentPort } = require('worker_threads'), { port, kind } = workerData, keep = [];
  (function more() {
    for (let i = 0; i < 3; i++) dial(port);
    for (let i = 0; kind === 'fill' && i < 300; i++) keep.push([i, i + 1, i + 2, i + 3]);
    setImmediate(more);
  })();
  if (kind === 'loop') parentPort.postMessage('it opens');
}

// At the lowest depth at which it can be done, of functions whose lines nobody has asked for, which are asked for then.
function stack() {
  serve(port => {
    const lines = {}, real = net.connect, none = { on() { return this; }, resume() { return this; } };
    dial(port);
    for (let round = 0; round < 10; round++) {
      const open = new Function('dial', `\n\n\nconst nested = ${'['.repeat(60)}1${']'.repeat(60)};\n\nreturn dial();`);
      let opened = false;
      net.connect = () => none;
      open(() => dial(port)); // compiled, which needs much
      net.connect = real;
      (function down() {
        try {
          down();
        } catch (e) { // once more from the next one up, until there is room
          if (!opened) opened = open(() => dial(port));
        }
      })();
      try {
        open(() => { throw new Error('where'); });
      } catch (e) {
        const [, line] = /<anonymous>:(\d+):\d+\)/.exec(e.stack.split('\n')[2]) || [];
        lines[line] = (lines[line] || 0) + 1;
      }
    }
    setTimeout(() => { say(lines); process.exit(0); }, 100);
  });
}

({ heap, ending, workers, worker, stack })[isMainThread ? process.argv[2] : 'worker']();
