// SPDX-License-Identifier: Apache-2.0
// What a connection costs, 20 frames of JavaScript deep: prints processor time in ns for each. births.js COUNT
const net = require('net'), count = Number(process.argv[2]);

// Nobody listens at its end: it fails at once, and node closes it.
function births(left, done) {
  if (!left) return done();
  net.connect({ path: '/nowhere/at/all' }).on('error', () => {}).on('close', () => deep(17, () => births(left - 1, done)));
}
function deep(frames, then) { return frames ? deep(frames - 1, then) : then(); }

births(count, () => { // compiled from then on
  const since = process.cpuUsage();
  births(count, () => {
    const { user, system } = process.cpuUsage(since);
    console.log((user + system) * 1000 / count);
  });
});
