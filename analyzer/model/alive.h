/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNLEAK_ALIVE_H
#define CONNLEAK_ALIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "connleak/dump.h"

/* By which number the process of this dump still runs here: its /proc/PID is there with the same start time,
 * on the same boot of the same machine; in another pid namespace it has another one. 0: it does not run. */
uint32_t kernel_process_runs(const struct dump_process *p);

/* When a process began that still has descriptors: clock ticks since the machine was booted
 * (proc_pid_stat(5), field 22); 0: there is none of that number. */
uint64_t kernel_began(uint32_t pid);

/* Whether the dump was made on this machine since it was booted; without that, nobody can know
 * whether the process still runs. */
bool kernel_same_boot(const struct dump_process *p);

#endif
