/* SPDX-License-Identifier: Apache-2.0 */
/* Runs main() of a plug-in: whatever that is linked with comes late, and is in its own scope only, which with
 * PLUGGED_DEEPBIND comes before the global one. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int mode = (getenv("PLUGGED_LAZY") ? RTLD_LAZY : RTLD_NOW) | (getenv("PLUGGED_DEEPBIND") ? RTLD_DEEPBIND : RTLD_LOCAL);
	void *plugin = argc > 1 ? dlopen(argv[1], mode) : NULL;
	int (*run)(int, char **) = plugin ? (int (*)(int, char **))dlsym(plugin, "main") : NULL;

	if (!run) {
		puts(dlerror());
		return 1;
	}
	return run(argc - 1, argv + 1);
}
