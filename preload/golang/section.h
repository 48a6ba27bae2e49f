/* SPDX-License-Identifier: Apache-2.0 */
/* What the program's file says of itself beyond what is in memory: its sections, which stripping leaves. */
#ifndef CONNLEAK_GOLANG_SECTION_H
#define CONNLEAK_GOLANG_SECTION_H

#include <stdint.h>

/* Where the line table lies, as the file has it, before it was moved by a base; 0: it does not say. The file
 * may say anything: what is there has to be looked at. A few system calls. */
uint64_t golang_section_table(void);

#endif
