/* SPDX-License-Identifier: Apache-2.0 */
#include "goimage/parked.h"

#include <string.h>

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

static const char *name_before(const struct go_image *image, uint64_t back)
{
	return go_image_name(image, back - 1);
}

const char *go_parked_in(const struct go_image *image, const uint64_t *frames, uint32_t n)
{
	static const struct { const char *function, *text; } in[] = {
		{"internal/poll.runtime_pollWait", "IO wait"}, {"runtime.selectgo", "select"}, {"runtime.block", "select"},
		{"runtime.chanrecv", "chan receive"},          {"runtime.chansend", "chan send"}, {"time.Sleep", "sleep"},
		{"sync.runtime_notifyListWait", "sync.Cond.Wait"}, {"sync.runtime_Semacquire", "semacquire"},
		{"internal/sync.runtime_Semacquire", "semacquire"}, {"os/signal.signal_recv", "signal"},
	};

	for (uint32_t i = 0; i < n; i++) {
		const char *name = name_before(image, frames[i]);

		for (uint32_t k = 0; k < sizeof in / sizeof *in; k++)
			if (begins(name, in[k].function))
				return in[k].text;
		if (name && !begins(name, "runtime."))
			break;
	}
	return NULL;
}

bool go_handed_out(const struct go_image *image, const uint64_t *frames, uint32_t n)
{
	bool selects = false;

	for (uint32_t i = 0; i < n; i++) {
		const char *name = name_before(image, frames[i]);

		if (!begins(name, "runtime."))
			return selects && begins(name, "net/http.(*persistConn).readLoop");
		selects = selects || begins(name, "runtime.selectgo");
	}
	return false;
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), k = strlen(with);

	return n >= k && strcmp(text + n - k, with) == 0;
}

/* By their ends: a vendored package's name begins with whose it is. */
static bool any(const struct go_image *image, const uint64_t *frames, uint32_t n, const char *const *called)
{
	for (uint32_t i = 0; i < n; i++) {
		const char *name = name_before(image, frames[i]);

		for (uint32_t k = 0; name && called[k]; k++)
			if (ends(name, called[k]))
				return true;
	}
	return false;
}

bool go_reads_body(const struct go_image *image, const uint64_t *frames, uint32_t n)
{
	static const char *const called[] = {
		"net/http.http2transportResponseBody.Read", "net/http2.transportResponseBody.Read",
		"net/http/internal/http2.transportResponseBody.Read",
		"grpc/internal/transport.(*recvBufferReader).readClient",
		"grpc/internal/transport.(*recvBufferReader).readMessageHeaderClient", NULL,
	};

	return any(image, frames, n, called);
}

bool go_handles(const struct go_image *image, const uint64_t *frames, uint32_t n, uint64_t made)
{
	static const char *const called[] = {
		"net/http.serverHandler.ServeHTTP", "net/http.(*http2serverConn).runHandler",
		"http2.(*serverConn).runHandler", "google.golang.org/grpc.(*Server).handleStream", NULL,
	};
	static const char *const makers[] = {
		"net/http.(*http2serverConn).processHeaders", "net/http.(*http2serverConn).scheduleHandler",
		"net/http.(*http2serverConn).handlerDone", "http2.(*serverConn).processHeaders",
		"http2.(*serverConn).scheduleHandler", "http2.(*serverConn).handlerDone", NULL,
	};

	return any(image, frames, n, called) || any(image, &made, made ? 1 : 0, makers);
}

bool go_runtimes_own(const struct go_image *image, uint64_t start)
{
	const char *name = go_image_name(image, start);

	return begins(name, "runtime.") && strcmp(name, "runtime.main") != 0;
}

size_t go_package(const char *name)
{
	const char *slash = name ? strrchr(name, '/') : NULL, *dot = name ? strchr(slash ? slash : name, '.') : NULL;

	return dot ? (size_t)(dot - name) : 0;
}

size_t go_receiver(const char *name)
{
	const char *star = name ? strstr(name, "(*") : NULL, *end = star ? strchr(star, ')') : NULL;

	return end && end[1] == '.' ? (size_t)(end + 1 - name) : 0;
}

uint32_t go_called(const struct go_image *image, const uint64_t *frames, uint32_t n, char to[16])
{
	const char *name = NULL, *dot;
	uint32_t looked = 0;

	while (looked < n) {
		name = name_before(image, frames[n - ++looked]);
		if (name && !strstr(name, "wrap") && !(strstr(name, ".func") && looked < n))
			break;
	}
	if (n && begins(name, "runtime.")) /* what it is parked in: all else was a closure */
		name = name_before(image, frames[n - 1]);
	dot = name ? strrchr(name, '.') : NULL;
	if (dot && begins(dot, ".func"))
		dot = name + go_package(name);
	memset(to, 0, 16);
	if (dot)
		memcpy(to, dot + 1, strnlen(dot + 1, 15));
	return looked;
}
