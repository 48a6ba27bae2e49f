/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Java: the frames that the calling thread runs, read in HotSpot's own memory by its own description of it
 * (hotspot.h). The one function of it that is called is GetEnv(), which reads a thread-local variable and
 * neither attaches the thread nor changes its state (prims/jni.cpp).
 *
 * A thread that is in a native method (where system calls are made from) has left behind where its last frame
 * of Java's lies, and it comes back into Java by itself only: while it is in our hook its frames stay as they
 * are, whatever the collector moves, and the methods on them stay loaded. So has one that is inside of the
 * VM, where threads are made, for which a collector waits. A thread in any other state is not looked at.
 */
#include <pthread.h>
#include <string.h>

#include "core/arena.h"
#include "core/places.h"
#include "here/bounds.h"
#include "here/presence.h"
#include "process_facts.h"
#include "scripts/called.h"
#include "scripts/hotspot_name.h"
#include "scripts/hotspot_object.h"
#include "scripts/place.h"
#include "scripts/scripts.h"
#include "threads/name.h"

enum known { UNKNOWN, LEARNING, LEARNED, PROVEN, DECLINED };

static struct java {
	struct library library;
	struct hotspot hotspot;
	int32_t (*machines)(void **vm, int32_t max, int32_t *count); /* JNI_GetCreatedJavaVMs() */
	uint32_t env_at; /* where a JavaThread has what is a JNIEnv outside; 0 not known yet */
	int known;       /* enum known */
	char name[CALLED_SIZE];
	struct hotspot_objects objects;
	int objects_known; /* enum known, without PROVEN */
} it;

/* ---- is it here --------------------------------------------------------------------------------- */

static bool java_found(const struct library *l)
{
	if (it.machines && it.library.bias == l->bias) { /* the child of a fork */
		if (*it.name)
			process_interpreter(it.name);
		return true;
	}
	if (it.machines || !library_symbol(l, "gHotSpotVMStructs", NULL))
		return false;
	it.library = *l;
	it.machines = (int32_t (*)(void **, int32_t, int32_t *))library_symbol(l, "JNI_GetCreatedJavaVMs", NULL);
	return it.machines;
}

/* "17.0.15+6-Debian-1deb12u1": the version ends where the build begins (JEP 223). */
static void name_it(void)
{
	size_t size = strcspn(it.hotspot.release, "+-");

	called_begin(it.name, "OpenJDK ");
	called_add(it.name, it.hotspot.release, size < 32 ? size : 32);
	process_interpreter(it.name);
}

static void decline(enum dump_decline why)
{
	process_interpreter_declined(*it.name ? it.name : "OpenJDK", why);
	__atomic_store_n(&it.known, DECLINED, __ATOMIC_RELEASE);
}

static bool java_learn(void)
{
	struct look look = {false};
	enum hotspot_learned learned;
	int unknown = UNKNOWN;

	if (!__atomic_compare_exchange_n(&it.known, &unknown, LEARNING, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return unknown == LEARNED || unknown == PROVEN;
	learned = hotspot_learn(&it.hotspot, &it.library, &look);
	if (*it.hotspot.release)
		name_it();
	if (learned != HOTSPOT_KNOWN) {
		decline(learned == HOTSPOT_OTHER_VERSION ? DUMP_DECLINE_VERSION : DUMP_DECLINE_LAYOUT);
		return false;
	}
	__atomic_store_n(&it.known, LEARNED, __ATOMIC_RELEASE);
	return true;
}

/* ---- the calling thread ------------------------------------------------------------------------- */

/* Of struct JNIInvokeInterface_, JNI's own header says. */
enum { GET_ENV = 6 };
#define JNI_VERSION 0x00010006

/* Its JNIEnv; 0: it is none of Java's threads, or there is no JVM. */
static uintptr_t env_of_thread(void)
{
	int32_t (*const *functions)(void *, void **, int32_t), count = 0;
	void *machine = NULL, *env = NULL;

	if (it.machines(&machine, 1, &count) != 0 || count != 1 || !machine)
		return 0;
	functions = *(int32_t (*const **)(void *, void **, int32_t))machine;
	return functions[GET_ENV](machine, &env, JNI_VERSION) == 0 ? (uintptr_t)env : 0;
}

static bool is_this_thread(struct look *look, uintptr_t thread)
{
	const struct hotspot *h = &it.hotspot;
	uint32_t os = h->field[h->version & HOTSPOT_OLD ? HOTSPOT_THREAD_OS_OLD : HOTSPOT_THREAD_OS];

	return look_word(look, look_word(look, thread + os) + h->field[HOTSPOT_OS_PTHREAD]) ==
	       (uintptr_t)pthread_self();
}

#define THREADS_MAX 65536u

/* A JNIEnv is a part of its JavaThread, which is in the list of all: the list is asked once. */
static bool find_env(struct look *look, uintptr_t env)
{
	const struct hotspot *h = &it.hotspot;
	uintptr_t list = look_word(look, h->at[HOTSPOT_THREADS]);
	uintptr_t threads = look_word(look, list + h->field[HOTSPOT_THREADS_LIST]);
	uint32_t count = look_u32(look, list + h->field[HOTSPOT_THREADS_LENGTH]);

	for (uint32_t i = 0; i < count && i < THREADS_MAX && !look->failed; i++) {
		uintptr_t thread = look_word(look, threads + i * sizeof thread);

		if (env - thread >= h->size[HOTSPOT_SIZE_JAVA_THREAD] || !is_this_thread(look, thread))
			continue;
		__atomic_store_n(&it.env_at, (uint32_t)(env - thread), __ATOMIC_RELEASE);
		return true;
	}
	return false;
}

static uintptr_t this_thread(struct look *look)
{
	uintptr_t env = env_of_thread();
	uint32_t at = __atomic_load_n(&it.env_at, __ATOMIC_ACQUIRE);

	if (!env || (!at && !find_env(look, env)))
		return 0;
	env -= __atomic_load_n(&it.env_at, __ATOMIC_RELAXED);
	return is_this_thread(look, env) ? env : 0;
}

/* ---- frames ------------------------------------------------------------------------------------- */

/* A virtual thread ends where its carrier begins. Returns whether to go on. */
static bool add(struct look *look, const struct hotspot_frame *frame, struct script_frames *to)
{
	struct hotspot_name name;
	uint32_t place;

	if (!hotspot_name(&it.hotspot, look, frame, &name))
		return !look->failed;
	if (hotspot_is_carrier(&name))
		return false;
	place = script_place(DUMP_LANGUAGE_JAVA, (struct script_text){name.function, name.function_size},
			     (struct script_text){name.file, name.file_size}, name.line);
	if (place == PLACES_NONE)
		return false;
	to->places[to->count++] = place;
	return true;
}

/* The first frames decide whether this is the version that we take it for. */
static bool not_so(void)
{
	int learned = LEARNED;

	if (__atomic_compare_exchange_n(&it.known, &learned, DECLINED, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		decline(DUMP_DECLINE_LAYOUT);
	else
		arena_lost(&here, DUMP_LOST_SCRIPTS, 1);
	return false;
}

/* Frames that a stack trace would not show are none of `max`. */
#define HIDDEN_MAX 16u

static bool java_take(struct script_frames *to)
{
	uintptr_t top = (uintptr_t)bounds_top(__builtin_frame_address(0)), thread;
	struct hotspot_frame frames[SCRIPT_FRAMES_MAX + HIDDEN_MAX];
	struct look look = {false};
	uint32_t count;

	if (!top || !java_learn())
		return false;
	thread = this_thread(&look);
	count = thread ? hotspot_walk(&it.hotspot, &look, thread, top, frames, to->max + HIDDEN_MAX) : 0;
	for (uint32_t i = 0; i < count && to->count < to->max; i++)
		if (!add(&look, &frames[i], to))
			break;
	if (look.failed)
		return not_so();
	if (to->count)
		__atomic_store_n(&it.known, PROVEN, __ATOMIC_RELAXED);
	return to->count;
}

/* ---- its own code ------------------------------------------------------------------------------- */

/* The JVM, and what it compiled. */
static bool java_owns(uintptr_t address)
{
	const struct hotspot *h = &it.hotspot;
	struct look look = {false};
	uintptr_t low, high;

	if (address - it.library.start < it.library.end - it.library.start)
		return true;
	low = look_word(&look, h->at[HOTSPOT_CODE_LOW]);
	high = look_word(&look, h->at[HOTSPOT_CODE_HIGH]);
	return address >= low && address < high;
}

/* ---- names of threads --------------------------------------------------------------------------- */

static bool is_in(struct look *look, uintptr_t thread, enum hotspot_constant state)
{
	const struct hotspot *h = &it.hotspot;

	return thread && look_i32(look, thread + h->field[HOTSPOT_THREAD_STATE]) == h->is[state];
}

static bool objects_learned(uintptr_t thread)
{
	int unknown = UNKNOWN;
	bool learned;

	if (!__atomic_compare_exchange_n(&it.objects_known, &unknown, LEARNING, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return unknown == LEARNED;
	learned = hotspot_objects_learn(&it.objects, &it.hotspot, thread);
	__atomic_store_n(&it.objects_known, learned ? LEARNED : DECLINED, __ATOMIC_RELEASE);
	return learned;
}

/* What the JVM tells Linux (os_linux.cpp): the first 15 bytes; since 22 the first 7, "..", and the last 6. */
static bool stands_for(const char *kernels, const uint8_t *name, uint32_t size)
{
	size_t its = strlen(kernels);

	if (its > size || (its < size && its != THREAD_KERNEL_NAME_SIZE - 1))
		return false;
	return memcmp(kernels, name, its) == 0 ||
	       (memcmp(kernels, name, 7) == 0 && memcmp(kernels + 7, "..", 2) == 0 &&
		memcmp(kernels + 9, name + size - 6, 6) == 0);
}

/* Inside of the VM, where a thread tells the kernel its name, nothing moves. */
static uint32_t thread_name(uint8_t *to, uint32_t max, const char *kernels)
{
	struct look look = {false};
	uint8_t whole[256];
	uintptr_t thread;
	uint32_t size;

	if (strlen(kernels) != THREAD_KERNEL_NAME_SIZE - 1 && __atomic_load_n(&it.objects_known, __ATOMIC_RELAXED))
		return 0; /* no more of it, and nothing to learn */
	if (!java_learn() || !is_in(&look, thread = this_thread(&look), HOTSPOT_IS_IN_VM) ||
	    !objects_learned(thread))
		return 0;
	size = hotspot_thread_name(&it.objects, &it.hotspot, thread, whole, sizeof whole);
	if (!size || !stands_for(kernels, whole, size))
		return 0;
	size = size < max ? size : max;
	memcpy(to, whole, size);
	return size;
}

/* A virtual thread is to its carrier what a task is to its loop. */
static uint32_t java_task_name(uint8_t *to, uint32_t max)
{
	struct look look = {false};
	uintptr_t thread;

	if (it.hotspot.version == HOTSPOT_17 || __atomic_load_n(&it.objects_known, __ATOMIC_ACQUIRE) != LEARNED)
		return 0;
	thread = this_thread(&look);
	return is_in(&look, thread, HOTSPOT_IS_IN_NATIVE) && !look.failed ?
		       hotspot_virtual_name(&it.objects, &it.hotspot, thread, to, max) : 0;
}

const struct script_runtime script_java = {
	.name = "OpenJDK", .found = java_found, .take = java_take, .owns = java_owns, .ends = true,
	.thread_name = thread_name, .task_name = java_task_name,
};
