// SPDX-License-Identifier: Apache-2.0
// Six requests by fetch: URL, unread | read. Its pool is the process's own.
const [, , url, how] = process.argv;
const kept = [];

(async () => {
	for (let i = 0; i < 6; i++) {
		const response = await fetch(url);
		kept.push(response);
		if (how === 'read') await response.text();
		await new Promise((resume) => setTimeout(resume, 100)); // it reads ahead, and gives back what it has read
	}
	console.log('done');
	process.exit(0);
})();
