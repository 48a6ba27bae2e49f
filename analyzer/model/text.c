/* SPDX-License-Identifier: Apache-2.0 */
/* What the model's facts are called: addresses, states, times. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/model.h"

const char *model_reason(uint32_t reason)
{
	static const char *const texts[] = {
#define X(name, text) text,
		DUMP_REASONS(X)
#undef X
	};

	return reason && reason < DUMP_REASON_COUNT ? texts[reason] : NULL;
}

bool model_seconds(const struct model *m, uint64_t mono, double *seconds)
{
	if (!mono)
		return false;
	*seconds = mono < m->process.started_mono ? 0 : (double)(mono - m->process.started_mono) / 1e9;
	return true;
}

static char *put_decimal(char *to, unsigned value)
{
	char digits[10];
	unsigned n = 0;

	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n)
		*to++ = digits[--n];
	return to;
}

/* "127.0.0.1:80"; by hand, for a report has millions of them. */
static void put_ipv4(char *to, const uint8_t bytes[4], uint16_t port)
{
	for (unsigned i = 0; i < 4; i++) {
		to = put_decimal(to, bytes[i]);
		*to++ = i < 3 ? '.' : ':';
	}
	*put_decimal(to, port) = 0;
}

static bool address(const struct model *m, const struct model_conn *c, const uint8_t bytes[16],
		    uint16_t port, char *text, size_t size)
{
	char ip[INET6_ADDRSTRLEN];
	struct dump_text name;
	uint32_t id;

	if (c->facts->family == AF_INET) {
		put_ipv4(text, bytes, port); /* MODEL_ADDRESS_MAX is more than enough */
		return true;
	}
	if (c->facts->family == AF_INET6) {
		snprintf(text, size, "[%s]:%u", inet_ntop(AF_INET6, bytes, ip, sizeof ip), port);
		return true;
	}
	if (c->facts->family != AF_UNIX)
		return false;
	memcpy(&id, bytes, sizeof id);
	name = dump_string(m->dump, id);
	if (!name.bytes || !name.size)
		return false;
	if (!name.bytes[0]) /* abstract, unix(7) */
		snprintf(text, size, "@%.*s", (int)name.size - 1, name.bytes + 1);
	else
		snprintf(text, size, "%.*s", (int)name.size, name.bytes);
	return true;
}

bool model_local(const struct model *m, const struct model_conn *c, char *text, size_t size)
{
	return (c->facts->has & DUMP_HAS_LOCAL) &&
	       address(m, c, c->facts->local, c->facts->local_port, text, size);
}

bool model_peer(const struct model *m, const struct model_conn *c, char *text, size_t size)
{
	return (c->facts->has & DUMP_HAS_PEER) &&
	       address(m, c, c->facts->peer, c->facts->peer_port, text, size);
}

struct dump_text model_host(const struct model *m, const struct model_conn *c)
{
	return dump_string(m->dump, c->facts->host);
}

const char *model_tcp_state(const struct model_conn *c)
{
	static const char *const names[] = {
		NULL, "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
		"CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
	};

	if (!c->kernel.known || c->kernel.tcp_state >= sizeof names / sizeof *names)
		return NULL;
	return names[c->kernel.tcp_state];
}

uint64_t model_closed_mono(const struct model *m, const struct model_conn *c)
{
	bool by_exec = c->closed && c->facts->state != DUMP_CLOSED && m->process.end == MODEL_END_EXEC;

	return by_exec || c->reason == REASON_BY_EXIT ? m->process.ended_mono : c->facts->closed_mono;
}

const char *model_role(const struct model_conn *c)
{
	switch (c->facts->role) {
	case DUMP_ROLE_CLIENT: return "client";
	case DUMP_ROLE_SERVER: return "server";
	default: return "none";
	}
}

bool model_queued(const struct model_conn *c, uint64_t *bytes)
{
	if (!c->kernel.known || !c->kernel.has_queue)
		return false;
	*bytes = c->kernel.queued;
	return true;
}

const struct dump_half *model_last_used(const struct model_conn *c)
{
	const struct dump_half *in = &c->facts->in, *out = &c->facts->out;

	if (!in->bytes && !out->bytes)
		return NULL;
	return !out->bytes || (in->bytes && in->last_mono >= out->last_mono) ? in : out;
}

const char *model_keep(struct model *m, struct dump_text text)
{
	char **more, *copy;

	if (!text.bytes || !text.size || text.size > 64 || memchr(text.bytes, 0, text.size))
		return NULL;
	for (uint32_t i = 0; i < m->text_count; i++)
		if (strlen(m->texts[i]) == text.size && memcmp(m->texts[i], text.bytes, text.size) == 0)
			return m->texts[i];
	more = realloc(m->texts, (m->text_count + 1u) * sizeof *more);
	if (!more)
		return NULL;
	m->texts = more;
	copy = strndup(text.bytes, text.size);
	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	if (copy)
		m->texts[m->text_count++] = copy;
	return copy;
}

const char *model_text(struct model *m, uint64_t id)
{
	return id && id <= UINT32_MAX ? model_keep(m, dump_string(m->dump, (uint32_t)id)) : NULL;
}
