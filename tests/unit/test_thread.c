/* SPDX-License-Identifier: Apache-2.0 */
/* Threads in the recorder's core, called as the hooks call it, without any preload. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alone.h"
#include "core/arena.h"
#include "threads/name.h"
#include "threads/thread.h"

static struct dump_thread *slot(uint32_t number)
{
	return arena_item(&here, ARENA_THREADS, number - 1);
}

/* ---- touched ------------------------------------------------------------------------------------------- */

static void the_first_one_touched_stays(void)
{
	int fd = made();
	struct dump_thread *t = thread_self();

	CHECK(t->touched == at(fd)->id && (t->flags & DUMP_THREAD_OPENED) && !(t->flags & DUMP_THREAD_MANY));
	CHECK(!threads_touch_is_new(t, at(fd)->id, DUMP_THREAD_OPENED));
	CHECK(threads_touch_is_new(t, at(fd)->id, DUMP_THREAD_READ));
	made();
	CHECK(t->touched == at(fd)->id && (t->flags & DUMP_THREAD_MANY));
	CHECK(!threads_touch_is_new(t, at(fd)->id, DUMP_THREAD_READ)); /* nothing more is to be learned */
}

static void *nothing(void *unused)
{
	return unused;
}

/* As libc makes them for SIGEV_THREAD: no hook sees it. */
static void a_thread_that_nobody_told_of_makes_two(void)
{
	pthread_t thread;

	made();
#if !defined(__SANITIZE_THREAD__) && __has_include(<sys/single_threaded.h>) /* else it always says so */
	CHECK(!state_threaded());
#endif
	CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
	CHECK(state_threaded());
	pthread_join(thread, NULL);
}

static void what_listens_was_not_touched(void)
{
	int listener = made(), fd;

	CHECK(listen(listener, 1) == 0);
	conn_listening(listener);
	CHECK(!thread_self()->touched);
	fd = made();
	CHECK(thread_self()->touched == at(fd)->id && !(thread_self()->flags & DUMP_THREAD_MANY));
}

static void closing_touches(void)
{
	int first = made(), second = made();
	struct dump_thread *t = thread_self();

	t->touched = at(first)->id;
	t->flags &= ~DUMP_THREAD_MANY;
	conn_close(first);
	CHECK((t->flags & DUMP_THREAD_CLOSED) && !(t->flags & DUMP_THREAD_MANY));
	conn_close(second);
	CHECK(t->flags & DUMP_THREAD_MANY);
}

static void a_socketpair_is_no_connection(void)
{
	int fds[2];

	process_awake();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	conn_pair(fds, AF_UNIX, SOCK_STREAM, 0);
	CHECK(at(fds[0]) && !thread_self()->touched && !conn_opened_just_now());
}

/* ---- born for ------------------------------------------------------------------------------------------ */

static void born_for_a_connection_that_nobody_used(void)
{
	int fd = made();
	uint64_t id = at(fd)->id;

	CHECK(conn_opened_just_now() == id);
	at(fd)->out.bytes = 500;
	CHECK(!conn_opened_just_now());
	at(fd)->flags |= DUMP_TLS; /* a handshake */
	CHECK(conn_opened_just_now() == id);
	at(fd)->out.frame.begun = 1;
	CHECK(!conn_opened_just_now());
}

static void not_for_one_that_was_closed_or_followed(void)
{
	int fd = made();

	conn_close(fd);
	CHECK(!conn_opened_just_now());
	fd = made();
	CHECK(conn_opened_just_now() == at(fd)->id);
	fd = made();
	CHECK(conn_opened_just_now() == at(fd)->id);
}

/* ---- slots --------------------------------------------------------------------------------------------- */

static void a_thread_that_was_not_made_leaves_no_trace(void)
{
	struct thread_ref it;

	made();
	it = thread_birth(false, 0);
	CHECK(it.slot && slot(it.slot)->id == it.id && here.arena.process->threads_made == 1);
	thread_stillborn(it);
	CHECK(slot(it.slot)->id == 0 && here.arena.process->threads_made == 0);
	CHECK(thread_birth(false, 0).slot == it.slot);
}

static void an_old_reference_changes_nothing(void)
{
	struct thread_ref old, now;

	made();
	old = thread_birth(false, 0);
	thread_stillborn(old);
	now = thread_birth(false, 0);
	CHECK(now.slot == old.slot && now.id != old.id);
	name_change(now.slot, now.id, "new");
	name_change(old.slot, old.id, "old");
	thread_joined(old, 0);
	CHECK(strcmp(slot(now.slot)->name, "new") == 0 && !(slot(now.slot)->flags & DUMP_THREAD_JOINED));
}

static void a_name_is_cut_and_never_waits_for_another(void)
{
	char longer[THREAD_NAME_SIZE + 9] = "";
	struct thread_ref it;

	made();
	it = thread_birth(false, 0);
	memset(longer, 'x', sizeof longer - 1);
	name_change(it.slot, it.id, longer);
	CHECK(strlen(slot(it.slot)->name) == THREAD_NAME_SIZE - 1 && slot(it.slot)->name[0] == 'x');
	slot(it.slot)->seq |= 1; /* somebody else is at it */
	name_change(it.slot, it.id, "second");
	CHECK(slot(it.slot)->name[0] == 'x');
}

/* ---- handles -------------------------------------------------------------------------------------------- */

static pthread_barrier_t barrier;

static void *life(void *number)
{
	thread_start((uint32_t)(uintptr_t)number, 0);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	thread_end();
	return NULL;
}

static void found_by_handle_until_joined(void)
{
	struct thread_ref it;
	pthread_t t;

	made();
	pthread_barrier_init(&barrier, NULL, 2);
	it = thread_birth(false, 0);
	CHECK(pthread_create(&t, NULL, life, (void *)(uintptr_t)it.slot) == 0);
	pthread_barrier_wait(&barrier);
	CHECK(thread_find(t).slot == it.slot && thread_find(t).id == it.id);
	CHECK(handle_find(t, false) == it.slot && !handle_find(t, true));
	thread_named((struct thread_ref){0, 0}, t, "late"); /* it showed up just now */
	CHECK(strcmp(slot(it.slot)->name, "late") == 0);
	pthread_barrier_wait(&barrier);
	CHECK(pthread_join(t, NULL) == 0);
	CHECK(handle_find(t, true) == it.slot && !handle_find(t, false));
	thread_joined(it, t);
	CHECK(slot(it.slot)->flags & DUMP_THREAD_JOINED);
	CHECK(!thread_find(t).slot && !handle_find(t, true));
	CHECK(here.arena.process->threads_made == 1 && here.arena.process->threads_ended == 1);
}

static void detached_before_its_first_line(void)
{
	struct thread_ref it;
	pthread_t t;

	made();
	pthread_barrier_init(&barrier, NULL, 2);
	it = thread_birth(false, 0);
	CHECK(pthread_create(&t, NULL, life, (void *)(uintptr_t)it.slot) == 0);
	handle_detached_early(t); /* before or after the thread looks: here it may have looked */
	pthread_barrier_wait(&barrier);
	if (!(slot(it.slot)->flags & DUMP_THREAD_DETACHED))
		thread_detached(t);
	CHECK(slot(it.slot)->flags & DUMP_THREAD_DETACHED);
	pthread_barrier_wait(&barrier);
	pthread_join(t, NULL);
}

/* A burst of them, as on a busy machine: each is found, or counted as not. */
static void thousands_detached_before_their_first_line(void)
{
	uint32_t found = 0;

	made();
	for (pthread_t t = 1; t <= 10000; t++) /* as far apart as their stacks */
		handle_detached_early(t << 23);
	for (pthread_t t = 1; t <= 10000; t++)
		found += handle_take_early(t << 23);
	CHECK(found > 3000 && found + here.arena.process->lost[DUMP_LOST_DETACHED] == 10000);
	for (pthread_t t = 1; t <= 1000; t++)
		handle_detached_early(t << 23);
	for (pthread_t t = 1; t <= 1000; t++)
		CHECK(handle_take_early(t << 23) && !handle_take_early(t << 23));
	CHECK(found + here.arena.process->lost[DUMP_LOST_DETACHED] == 10000);
}

/* The handle is another thread's next. */
static void detached_as_it_comes_to_its_first_line(void)
{
	made();
	thread_self();
	handle_detached_early(pthread_self());
	thread_detached(pthread_self());
	CHECK(slot(self.slot)->flags & DUMP_THREAD_DETACHED);
	CHECK(!handle_take_early(pthread_self()));
	handle_drop(self.slot);
	thread_detached(pthread_self()); /* as if it had not come there */
	handle_put(self.slot);
	CHECK(!handle_take_early(pthread_self()));
}

/* ---- a thread that lives between two instructions of who detaches it ------------------------------------- */

static unsigned steps, lives_at;
static bool lived;

/* Other processors step in other ways; ThreadSanitizer is no friend of it. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define STEPS true
#define TRAP 0x100u
#define RUN_ON(context) (((ucontext_t *)(context))->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP)
#define step(on)                                                                                  \
	__builtin_ia32_writeeflags_u64((on) ? __builtin_ia32_readeflags_u64() | TRAP :            \
					      __builtin_ia32_readeflags_u64() & ~(unsigned long long)TRAP)
#else
#define STEPS false
#define RUN_ON(context) ((void)(context))
#define step(on)
#endif

/* Between which it lives: AddressSanitizer makes ten instructions of one. */
#ifdef __SANITIZE_ADDRESS__
#define EVERY 7
#else
#define EVERY 1
#endif

/* From its first line to its end. */
static void live(int unused, siginfo_t *unused_too, void *context)
{
	struct dump_thread *t = slot(self.slot);

	if (steps++ != lives_at)
		return;
	lived = true;
	if (handle_put(self.slot))
		threads_flag(t, DUMP_THREAD_DETACHED);
	threads_flag(t, DUMP_THREAD_ENDED);
	RUN_ON(context);
	(void)unused, (void)unused_too;
}

static void detached_while_it_lives(void)
{
	struct dump_thread *t;

	made();
	thread_self();
	t = slot(self.slot);
	sigaction(SIGTRAP, &(struct sigaction){.sa_sigaction = live, .sa_flags = SA_SIGINFO}, NULL);
	for (lived = STEPS; lived; lives_at += EVERY) {
		lived = false;
		steps = 0;
		handle_drop(self.slot);
		t->flags = DUMP_THREAD_STARTED;
		step(true);
		thread_detached(pthread_self());
		step(false);
		CHECK(!lived || t->flags == (DUMP_THREAD_STARTED | DUMP_THREAD_DETACHED | DUMP_THREAD_ENDED));
		CHECK(handle_take_early(pthread_self()) == !lived);
	}
	CHECK(lives_at > 50 || !STEPS);
}

static void a_stranger_is_nobody(void)
{
	made();
	CHECK(!thread_find(0).slot && !thread_find(4711).slot && !handle_find(4711, true));
	thread_joined((struct thread_ref){0, 0}, 4711);
	thread_named((struct thread_ref){0, 0}, 4711, "nobody");
}

/* ---- waiting --------------------------------------------------------------------------------------------- */

static void waits_for_several(void)
{
	struct thread_wait sockets = {{11, 12, 13, 14}, 6};
	struct dump_thread *t;

	made();
	t = thread_self();
	thread_wait_for(&sockets, DUMP_CALL_poll);
	CHECK(DUMP_WAIT_CALL(t->waiting_in) == DUMP_CALL_poll && DUMP_WAIT_OTHERS(t->waiting_in) == 5);
	CHECK(t->waiting_on == 11 && t->waiting_also[0] == 12 && t->waiting_also[2] == 14);
	sockets.count = 1;
	thread_wait_for(&sockets, DUMP_CALL_select);
	CHECK(t->waiting_in == DUMP_CALL_select);
	threads_wait_end(t);
	CHECK(t->waiting_in == DUMP_CALL_none);
}

#define TESTS(X)                                                                                  \
	X(a_thread_that_nobody_told_of_makes_two)                                               \
	X(the_first_one_touched_stays) X(what_listens_was_not_touched) X(closing_touches)         \
	X(a_socketpair_is_no_connection) X(born_for_a_connection_that_nobody_used)                \
	X(not_for_one_that_was_closed_or_followed) X(a_thread_that_was_not_made_leaves_no_trace)  \
	X(an_old_reference_changes_nothing) X(a_name_is_cut_and_never_waits_for_another)          \
	X(found_by_handle_until_joined) X(detached_before_its_first_line) X(a_stranger_is_nobody) \
	X(thousands_detached_before_their_first_line) X(detached_as_it_comes_to_its_first_line)   \
	X(detached_while_it_lives) X(waits_for_several)

TESTS(ALONE)

int main(void)
{
#define X(name) cmocka_unit_test(test_##name),
	const struct CMUnitTest tests[] = {TESTS(X)};

	return IN_FOLDER(tests);
}
