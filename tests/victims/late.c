/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that have SSL_read: found by nobody who was not linked with them, each of two versions and
 * two copies by those who were, loaded locally, unloaded and loaded again. Prints what it gets. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

extern int SSL_read(void *ssl, void *buffer, int size) __attribute__((weak));

static const char *folder;

static void *load(const char *name)
{
	char path[4096];
	void *library;

	snprintf(path, sizeof path, "%s/libuse%s.so", folder, name);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		puts(dlerror());
		exit(1);
	}
	return library;
}

static int call(void *library, const char *function)
{
	int (*use)(void) = (int (*)(void))dlsym(library, function);

	return use();
}

int main(int argc, char **argv)
{
	void *one, *three, *copy;

	folder = argc > 1 ? argv[1] : ".";
	printf("probe %d weak %d\n", dlsym(RTLD_DEFAULT, "SSL_read") != NULL, SSL_read != NULL);
	one = load("1");
	three = load("3");
	for (int i = 0; i < 2; i++)
		printf("1: %d 3: %d\n", call(one, "use"), call(three, "use"));
	printf("jump 1: %d 3: %d\n", call(one, "use_at_the_end"), call(three, "use_at_the_end"));
	copy = load("3copy");
	printf("3: %d copy: %d\n", call(three, "use"), call(copy, "use"));
	dlclose(one);
	dlclose(three);
	dlclose(copy);
	copy = load("3copy"); /* where the others were, perhaps */
	three = load("3");
	printf("copy: %d 3: %d\n", call(copy, "use"), call(three, "use"));
	return 0;
}
