/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process is: its command, when it began and on which machine, which language runs in it, how long it
 * was kept waiting. Knows nothing of its sockets and of how it goes on.
 */
#ifndef CONNLEAK_PROCESS_FACTS_H
#define CONNLEAK_PROCESS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connleak/dump.h"

struct process_began { /* CLOCK_MONOTONIC, ns: by the coarse clock, and by the exact one */
	uint64_t mono, exactly;
};

/* Asks the kernel for what describes the process. Once for each dump: its text has one buffer, since the
 * first socket may be opened on any stack. */
void process_describe(struct dump_process *to, const struct process_began *began);
/* How long the calling thread stood ready while others ran, in us; UINT32_MAX that long or longer. */
uint32_t process_delayed_us(void);

/* "go1.24.4": the name and version of the language's runtime, not terminated. Before there is a dump. */
void process_runtime(const char *name, size_t size);
bool process_has_runtime(void);
/* And its own TLS is not as it is known: nobody looks into it. Before there is a dump. */
void process_crypto_declined(void);
/* The same of an interpreter, which may come later than the dump: "CPython 3.11.2". The first one counts. */
void process_interpreter(const char *name);
/* The lines of its scripts are in no stack. */
void process_interpreter_declined(const char *name, enum dump_decline why);

#endif
