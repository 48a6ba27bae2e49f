// SPDX-License-Identifier: Apache-2.0
// Six requests by http.get: URL, unread | read | new.
const http = require('http');
const [, , url, how] = process.argv;
const make = () => new http.Agent({ keepAlive: true });
const kept = [];
let agent = make(), n = 0;

function next() {
	if (n++ === 6) {
		console.log('done');
		process.exit(0);
	}
	if (how === 'new') agent = make();
	http.get(url, { agent }, (response) => {
		kept.push(agent, response);
		if (how === 'unread') return setTimeout(next, 30);
		response.resume();
		response.on('end', () => setTimeout(next, 10)); // the agent takes it back after this turn
	});
}
setTimeout(next, 0);
