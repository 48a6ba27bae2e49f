/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded: a processor, or a kernel, that lets no program set its thread pointer by an instruction (FSGSBASE). */
#include <dlfcn.h>
#include <sys/auxv.h>

#define FSGSBASE 2ul

unsigned long getauxval(unsigned long kind)
{
	unsigned long (*real)(unsigned long) = (unsigned long (*)(unsigned long))dlsym(RTLD_NEXT, "getauxval");

	return real(kind) & ~(kind == AT_HWCAP2 ? FSGSBASE : 0);
}
