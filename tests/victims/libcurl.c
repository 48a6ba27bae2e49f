/* SPDX-License-Identifier: Apache-2.0 */
/* Six requests by libcurl: URL, unread | read | new. An unread one is paused at its first byte. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int begun;

static size_t pause_it(char *bytes, size_t size, size_t n, void *unused)
{
	begun = 1;
	return CURL_WRITEFUNC_PAUSE;
}

static size_t take(char *bytes, size_t size, size_t n, void *unused)
{
	return size * n;
}

/* Until the transfer is paused, or done. */
static void run(CURLM *multi)
{
	int running = 1;

	for (begun = 0; running && !begun;) {
		curl_multi_perform(multi, &running);
		if (running && !begun)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
}

int main(int argc, char **argv)
{
	int unread = !strcmp(argv[2], "unread"), anew = !strcmp(argv[2], "new");
	CURLM *multi = curl_multi_init();

	for (int i = 0; i < 6; i++) {
		CURL *easy = curl_easy_init();

		if (anew)
			multi = curl_multi_init(); /* the connections are the multi handle's */
		curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, unread ? pause_it : take);
		curl_multi_add_handle(multi, easy);
		run(multi);
	}
	puts("done");
	fflush(stdout);
	_exit(0);
}
