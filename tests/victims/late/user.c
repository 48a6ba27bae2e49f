/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for a plug-in that is linked with one of them. */
int SSL_read(void *ssl, void *buffer, int size);
int use(void);
int use_at_the_end(void);

int use(void)
{
	volatile int which = SSL_read(0, 0, 0);

	return which;
}

/* A jump: the library sees its caller's return address, which is in the program. */
int use_at_the_end(void)
{
	return SSL_read(0, 0, 0);
}
