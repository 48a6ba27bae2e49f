/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for a libssl: says which one it is. Built several times, with different symbol versions. */
int SSL_read(void *ssl, void *buffer, int size);

int SSL_read(void *ssl, void *buffer, int size)
{
	return WHICH;
}
