/* SPDX-License-Identifier: Apache-2.0 */
#include "golang/g.h"

#include <string.h>

struct go_field g_fields[G_FIELDS];
const struct go_image *g_image;
const uint64_t *g_all;

/* Where one was, for that number and all that have the same rest. A struct g that ended is used again, with
 * another number, so what is found is asked anew each time. */
#define KNOWN 8192u
static uintptr_t known[KNOWN];

static bool is(uintptr_t g, uint64_t goid)
{
	return g && g_word(g, G_ID) == goid && !g_dead(g);
}

void g_met(uintptr_t g, uint64_t goid)
{
	__atomic_store_n(&known[goid % KNOWN], g, __ATOMIC_RELEASE);
}

static uintptr_t look_for(uint64_t goid)
{
	uint64_t count = __atomic_load_n(&g_all[1], __ATOMIC_ACQUIRE);
	const uint64_t *list = (const uint64_t *)__atomic_load_n(&g_all[0], __ATOMIC_ACQUIRE);

	for (uint64_t i = 0; list && i < count && i < GOROUTINES_MAX; i++)
		if (is(list[i], goid))
			return list[i];
	return 0;
}

uintptr_t g_by_id(uint64_t goid)
{
	uintptr_t g = __atomic_load_n(&known[goid % KNOWN], __ATOMIC_ACQUIRE);

	if (is(g, goid))
		return g;
	g = look_for(goid);
	if (g)
		g_met(g, goid);
	return g;
}

static bool readable_data(uint64_t at)
{
	for (uint32_t i = 0; i < g_image->count; i++)
		if (g_image->segments[i].writable && at >= g_image->segments[i].start &&
		    at + 24 <= g_image->segments[i].end)
			return true;
	return false;
}

bool g_learn(const struct go_image *image)
{
	uint64_t at = go_image_goroutines(image);

	g_image = image;
	memcpy(g_fields, go_g, sizeof go_g);
	go_image_fields(image, g_fields, G_FIELDS);
	for (int i = 0; i < G_NEEDED; i++)
		if (!g_fields[i].found)
			return false;
	if (!at || !readable_data(at))
		return false;
	g_all = (const uint64_t *)at;
	return true;
}
