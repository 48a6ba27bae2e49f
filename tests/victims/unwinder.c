/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon: opens a socket, closes every descriptor there is, opens files of its own, and opens
 * more sockets from places that were never on the stack before. Says which descriptors it has, and
 * whether somebody read from its files or wrote to them.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "older.h"

#define FILES 8
#define CONTENT "0123456789"

static void descriptors(const char *when)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *e;
	int highest = 0, count = 0;

	while ((e = readdir(folder)))
		if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(folder)) {
			count++;
			highest = atoi(e->d_name) > highest ? atoi(e->d_name) : highest;
		}
	closedir(folder);
	printf("%s: %d descriptors, highest %d\n", when, count, highest);
}

/* Built without unwind tables, as machine code made at run time is: an unwinder has to guess, and
 * to look whether there is memory where it guesses. On pages of the stack that it has not met. */
static void open_from_new_places(int depth)
{
	char page[8192];

	memset(page, depth, sizeof page);
	if (depth)
		open_from_new_places(depth - 1);
	if (page[depth] == (char)depth)
		close(socket(AF_INET, SOCK_STREAM, 0));
}

int main(void)
{
	int files[FILES];

	close(socket(AF_INET, SOCK_STREAM, 0));
	descriptors("after the first socket");
	closefrom(3);
	for (int i = 0; i < FILES; i++) {
		files[i] = memfd_create("file", 0);
		if (write(files[i], CONTENT, strlen(CONTENT)) < 0 || lseek(files[i], 0, SEEK_SET))
			return 1;
	}
	open_from_new_places(8);
	for (int i = 0; i < FILES; i++) {
		char text[32] = "";

		if (lseek(files[i], 0, SEEK_CUR) != 0)
			printf("descriptor %d: somebody moved its offset\n", files[i]);
		if (pread(files[i], text, sizeof text - 1, 0) < 0 || strcmp(text, CONTENT) != 0)
			printf("descriptor %d: contains '%s'\n", files[i], text);
	}
	descriptors("at the end");
	return 0;
}
