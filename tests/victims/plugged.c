/* SPDX-License-Identifier: Apache-2.0 */
/* Runs main() of a plug-in: whatever that is linked with comes late, and is in its own scope only. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	int (*run)(int, char **) = plugin ? (int (*)(int, char **))dlsym(plugin, "main") : NULL;

	if (!run) {
		puts(dlerror());
		return 1;
	}
	return run(argc - 1, argv + 1);
}
