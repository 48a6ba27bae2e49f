/* SPDX-License-Identifier: Apache-2.0 */
#include "synth.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void synth_begin(struct synth *s)
{
	memset(s, 0, sizeof *s);
	s->process.pid = 4711;
	s->process.started_mono = 1000000000;
	s->process.started_wall = 1700000000000000000;
	s->process.next_id = 1;
}

struct dump_conn *synth_conn(struct synth *s)
{
	struct dump_conn *c = &s->conns[s->conn_count++];

	c->state = DUMP_OPEN;
	c->id = s->process.next_id++;
	c->family = AF_INET;
	c->type = SOCK_STREAM;
	c->role = DUMP_ROLE_CLIENT;
	c->stack = 3;
	c->opened_by = 1;
	c->opened_mono = s->process.started_mono + c->id * 1000;
	c->connected_mono = c->opened_mono;
	c->refs = 1;
	c->flags = DUMP_CONNECTED;
	c->has = DUMP_HAS_PEER | DUMP_HAS_LOCAL | DUMP_HAS_REQUESTS_OUT;
	memcpy(c->peer, (const uint8_t[]){127, 0, 0, 1}, 4);
	c->peer_port = 80;
	for (int i = 0; i < 4; i++)
		c->fds[i] = i ? -1 : (int)(3 + c->id);
	return c;
}

struct dump_kernel *synth_kernel(struct synth *s, const struct dump_conn *c, uint32_t state, uint32_t queued)
{
	struct dump_kernel *k = &s->kernel[s->kernel_count++];

	k->conn = c->id;
	k->tcp_state = state;
	k->queued = queued;
	k->has = DUMP_KERNEL_QUEUE | DUMP_KERNEL_TCP;
	k->received = c->in.bytes + queued;
	k->acked = c->out.bytes + 1;
	return k;
}

static unsigned char *chunk(unsigned char *at, uint32_t kind, uint16_t item_size, uint32_t items,
			    const void *from, unsigned count)
{
	struct dump_chunk c = {.kind = kind, .version = 1, .item_size = item_size, .items = items,
			       .size = sizeof c + (uint64_t)item_size * items};

	memcpy(at, &c, sizeof c);
	if (count)
		memcpy(at + sizeof c, from, (size_t)item_size * count);
	return at + c.size;
}

size_t synth_write(const struct synth *s, unsigned char *bytes)
{
	struct dump_header h = {.magic = DUMP_MAGIC, .byte_order = DUMP_BYTE_ORDER, .version = DUMP_VERSION,
				.header_size = sizeof h, .pointer_size = 8};
	struct {
		struct dump_stack unknown, known;
		uint64_t frames[8];
		struct dump_stack script;
		uint64_t script_frames[8];
	} stacks = {.unknown = {.magic = DUMP_STACK_MAGIC}, .known = {.magic = DUMP_STACK_MAGIC, .depth = 2, .modules = 1},
		    .frames = {0x1100, 0x1200}, .script = {.magic = DUMP_STACK_MAGIC, .depth = 4, .modules = 1},
		    .script_frames = {DUMP_FRAME_PLACE, 0x1100, DUMP_FRAME_PLACE | 1, DUMP_FRAME_PLACE | 99}};
	struct {
		struct dump_string head;
		char text[24];
	} name = {{DUMP_STRING_MAGIC, 8}, "/bin/foo"};
	struct dump_place places[] = {{.function = 1, .file = 1, .line = 7, .language = DUMP_LANGUAGE_PYTHON}, {.function = 9}};
	struct dump_module module = {.start = 0x1000, .end = 0x2000, .bias = 0x1000, .path = 1};
	unsigned char *at = bytes + sizeof h;

	memset(bytes, 0, SYNTH_MAX);
	at = chunk(at, DUMP_CHUNK_PROCESS, sizeof s->process, 1, &s->process, 1);
	at = chunk(at, DUMP_CHUNK_CONNECTIONS, sizeof *s->conns, SYNTH_CONNS, s->conns, s->conn_count);
	at = chunk(at, DUMP_CHUNK_THREADS, sizeof *s->threads, SYNTH_THREADS, s->threads, s->thread_count);
	at = chunk(at, DUMP_CHUNK_STACKS, DUMP_STACK_ITEM, sizeof stacks / DUMP_STACK_ITEM, &stacks,
		   sizeof stacks / DUMP_STACK_ITEM);
	at = chunk(at, DUMP_CHUNK_STRINGS, DUMP_STRING_ITEM, 1, &name, 1);
	at = chunk(at, DUMP_CHUNK_PLACES, sizeof *places, 2, places, 2);
	at = chunk(at, DUMP_CHUNK_MODULES, sizeof module, 1, &module, 1);
	at = chunk(at, DUMP_CHUNK_STREAMS, sizeof s->streams, 1, &s->streams, 1);
	at = chunk(at, DUMP_CHUNK_KERNEL, sizeof *s->kernel, SYNTH_CONNS, s->kernel, s->kernel_count);
	at = chunk(at, 999, 8, 4, "unknown chunks are skipped......", 4);
	h.size = (uint64_t)(at - bytes);
	memcpy(bytes, &h, sizeof h);
	return h.size;
}

char *synth_file(const void *bytes, size_t size)
{
	char *path = strdup("/tmp/connleak-synth-XXXXXX");
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	close(fd);
	return path;
}
