/* SPDX-License-Identifier: Apache-2.0 */
/* A program that opens no socket. */
int main(void)
{
	return 0;
}
