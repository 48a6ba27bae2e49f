/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks/hook.h"

#include <dlfcn.h>
#include <errno.h>

static long not_there(void)
{
	errno = ENOSYS;
	return -1;
}

void *hook_resolve(const struct hook *hook)
{
	int saved = errno;
	void *real = dlsym(RTLD_NEXT, hook->name);

	if (!real)
		real = (void *)not_there;
	__atomic_store_n(hook->real, real, __ATOMIC_RELEASE);
	errno = saved;
	return real;
}
