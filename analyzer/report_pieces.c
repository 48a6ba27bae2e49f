/* SPDX-License-Identifier: Apache-2.0 */
#include "report_pieces.h"

#include <string.h>

const char *colour(const struct report *r, const char *code)
{
	return r->colour ? code : "";
}

const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void put_number(FILE *to, uint64_t n)
{
	if (n >= 1000) {
		put_number(to, n / 1000);
		fprintf(to, ",%03u", (unsigned)(n % 1000));
	} else {
		fprintf(to, "%u", (unsigned)n);
	}
}

void put_duration(FILE *to, double seconds)
{
	if (seconds < 120)
		fprintf(to, "%.1f s", seconds);
	else if (seconds < 7200)
		fprintf(to, "%.1f min", seconds / 60);
	else
		fprintf(to, "%.1f h", seconds / 3600);
}

void put_where(FILE *to, const struct model *m, const struct model_conn *c)
{
	char peer[MODEL_ADDRESS_MAX] = "", local[MODEL_ADDRESS_MAX];
	struct dump_text host = model_host(m, c);

	if (model_peer(m, c, peer, sizeof peer))
		fprintf(to, "%s%s", c->facts->role == DUMP_ROLE_SERVER ? "from " : "", peer);
	else if (model_local(m, c, local, sizeof local))
		fprintf(to, "at %s", local);
	else
		fputs("no address", to);
	if (host.bytes && (strlen(peer) != host.size || memcmp(peer, host.bytes, host.size) != 0))
		fprintf(to, " (%.*s)", (int)host.size, host.bytes);
}
