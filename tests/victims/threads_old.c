/* SPDX-License-Identifier: Apache-2.0 */
/* A program linked long ago: its pthread_create and pthread_join are of glibc 2.2.5. */
#include "victim.h"

#if defined(__x86_64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.2.5");
#endif

static void *nothing(void *arg)
{
	return arg;
}

int main(void)
{
	int ends[2];
	pthread_t t;

	tcp_pair(ends);
	MUST(pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0);
	return 0;
}
