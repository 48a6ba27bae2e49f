/* SPDX-License-Identifier: Apache-2.0 */
#include "golang/g.h"

struct go_field g_fields[G_FIELDS] = {
	[STATUS] = {"runtime", "runtime.g", "atomicstatus", 0, false},
	[GOID] = {"runtime", "runtime.g", "goid", 0, false},
	[SCHED] = {"runtime", "runtime.g", "sched", 0, false},
	[STARTPC] = {"runtime", "runtime.g", "startpc", 0, false},
	[GOPC] = {"runtime", "runtime.g", "gopc", 0, false},
	[BP] = {"runtime", "runtime.gobuf", "bp", 0, false},
	[PARENT] = {"runtime", "runtime.g", "parentGoid", 0, false},    /* since 1.21 */
	[SYSCALLBP] = {"runtime", "runtime.g", "syscallbp", 0, false}, /* since 1.23 */
	[WAITSINCE] = {"runtime", "runtime.g", "waitsince", 0, false}, /* set by the collector when it comes by */
};
const struct go_image *g_image;
const uint64_t *g_all;

uintptr_t g_by_id(uint64_t goid)
{
	uint64_t count = __atomic_load_n(&g_all[1], __ATOMIC_ACQUIRE);
	const uint64_t *list = (const uint64_t *)__atomic_load_n(&g_all[0], __ATOMIC_ACQUIRE);

	for (uint64_t i = 0; list && i < count && i < GOROUTINES_MAX; i++)
		if (list[i] && g_word(list[i], GOID) == goid && !g_dead(list[i]))
			return list[i];
	return 0;
}

static bool readable_data(uint64_t at)
{
	for (uint32_t i = 0; i < g_image->count; i++)
		if (g_image->segments[i].writable && at >= g_image->segments[i].start && at + 24 <= g_image->segments[i].end)
			return true;
	return false;
}

bool g_learn(const struct go_image *image)
{
	uint64_t at = go_image_goroutines(image);

	g_image = image;
	go_image_fields(image, g_fields, G_FIELDS);
	for (int i = 0; i < NEEDED; i++)
		if (!g_fields[i].found)
			return false;
	if (!at || !readable_data(at))
		return false;
	g_all = (const uint64_t *)at;
	return true;
}
