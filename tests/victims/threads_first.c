/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens its first socket in a thread, while twelve others are made, begin, end and are joined.
 */
#include "victim.h"

static void *opens(void *unused)
{
	MUST(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	return unused;
}

static void *returns(void *unused)
{
	return unused;
}

int main(void)
{
	pthread_t opener, t[12];

	MUST(pthread_create(&opener, NULL, opens, NULL) == 0);
	for (int i = 0; i < 12; i++)
		MUST(pthread_create(&t[i], NULL, returns, NULL) == 0);
	for (int i = 0; i < 12; i++)
		MUST(pthread_join(t[i], NULL) == 0);
	MUST(pthread_join(opener, NULL) == 0);
	return 0;
}
