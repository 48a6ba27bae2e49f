/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with a library that opens a socket before main and another one after it (around_library.c). */
#include "situation.h"

int around(void);

int main(void)
{
	printf("%d %d\n", around(), close(made()));
	return 0;
}
