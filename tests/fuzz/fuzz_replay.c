/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Core, told anything: lines of events (tests/replay/events.md) without number and time, which are given here; one that begins
 * with "!" loses the event before it. Whatever was said, no slot is left half-written, a slot has as many descriptors as the
 * table has for it, and the reader takes the dump.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "must.h"
#include "read/reader.h"
#include "replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/connleak-fuzz-XXXXXX";

static void remove_folder(void)
{
	rmdir(folder);
}

static void make_folder(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	MUST(mkdtemp(folder), "no folder");
	atexit(remove_folder);
}

/* WHO and the rest of the line. */
static void tell(struct replay *replay, uint64_t *next, const char *text, size_t size)
{
	char line[4096];
	bool gap = size && *text == '!';
	unsigned who;
	int n;

	text += gap;
	size -= gap;
	if (!size || size > 3900)
		return;
	who = (unsigned)(*text - '0') % REPLAY_PROCESSES;
	next[who] += gap;
	n = snprintf(line, sizeof line, "%llu %u 100 %llu ", (unsigned long long)next[who], who, 1000000 * (unsigned long long)++next[who]);
	memcpy(line + n, text + 1, size - 1);
	replay_line(replay, line, (size_t)n + size - 1);
}

static void check(const struct tracked *p)
{
	uint32_t used = p->begun ? arena_used(&p->recorder, ARENA_CONNECTIONS) : 0;

	for (uint32_t i = 0; i < used; i++) {
		const struct dump_conn *c = arena_item(&p->recorder, ARENA_CONNECTIONS, i);
		uint32_t refs = 0;

		MUST(c->state == DUMP_FREE || (c->seq % 2 == 0 && c->in.seq % 2 == 0 && c->out.seq % 2 == 0), "a slot is left half-written");
		for (unsigned fd = 0; fd < REPLAY_DESCRIPTORS; fd++)
			refs += p->entries[fd] == i + 1;
		MUST(c->state != DUMP_OPEN || c->refs == refs, "as many descriptors as the table has");
		MUST(c->state == DUMP_OPEN || refs == 0, "closed, and in the table");
	}
}

static void read_back(unsigned who)
{
	char path[128], why[DUMP_WHY_MAX] = "";
	struct dump *dump = NULL;

	snprintf(path, sizeof path, "%s/connleak.%u.dump", folder, who);
	MUST(dump_open(path, &dump, why) == DUMP_ERROR_OK, "the reader takes the dump");
	dump_close(dump);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replay *replay = calloc(1, sizeof *replay);
	uint64_t next[REPLAY_PROCESSES] = {0};

	make_folder();
	replay->folder = folder;
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t line = end ? (size_t)(end - data) : size;

		tell(replay, next, (const char *)data, line);
		data += line + (end != NULL);
		size -= line + (end != NULL);
	}
	for (unsigned who = 0; who < REPLAY_PROCESSES; who++)
		check(&replay->processes[who]);
	replay_end(replay);
	for (unsigned who = 0; who < REPLAY_PROCESSES; who++) {
		check(&replay->processes[who]);
		if (replay->processes[who].begun)
			read_back(who);
	}
	replay_free(replay);
	free(replay);
	return 0;
}
