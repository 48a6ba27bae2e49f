# SPDX-License-Identifier: Apache-2.0
"""What a report says of a program: a clean one is not accused, and no end of a program hides a leak."""
from mutant import mutants

KERNEL = "cases/test_verdict_kernel.py::test_"
TEARDOWN = "cases/test_life_teardown.py::test_"
DEEPBIND = "cases/test_life_deepbind.py::test_a_plug_in_is_recorded"
UNSEEN = "cases/test_life_unseen.py::test_"
SAME = "cases/test_same_answer.py::test_fifty_runs"

VERDICT, REUSE, TURN, ENDING, BIND = "verdict.c", "reuse.c", "core/turn.h", "stacks/ending.c", "deepbind.c"
PROPERTIES = "cases/test_verdict_properties.py::test_"
TWICE = "cases/test_closed_twice.py::test_"
FD, TWICE_C, PROCESS = "fd.c", "sockets/twice.c", "preload/process.c"

MUTANTS = mutants(
    ("verdicts", "what is asked again was abandoned", "reuse", (REUSE, "n < 2 || any_reused(group, n)", "n < 2")),
    ("verdicts", "bytes say that it was used again, not requests", "reuse",
     (REUSE, "requests(group[i].conn) > 1 && last_asked(group[i].conn->facts)", "last_used(group[i].conn->facts)")),
    ("verdicts", "what was at work at a time is a row", "reuse",
     (REUSE, "last_used(group[k].conn->facts) <= group[i].conn->facts->id &&\n\t\t\t    ", "")),
    ("verdicts", "a handle that a living thread keeps is abandoned", "reuse", (REUSE, "\t\tif (!kept[i]) {", "\t\tif (1) {")),
    ("verdicts", "a thread that ended keeps its handle", "reuse", (REUSE, "return t && t->alive;", "return t;")),
    ("verdicts", "a pool that was filled in advance is abandoned", "reuse",
     (REUSE, " || (times(group, n) < ABANDONED_MIN && !exhausted)", "")),
    ("verdicts", "probes that ask nothing are never abandoned", "reuse",
     (REUSE, "(times(group, n) < ABANDONED_MIN && !exhausted)", "1")),
    ("verdicts", "the late end of an answer is a use", [SAME + "[late tails]"], (TURN, " && !late)", ")")),
    ("verdicts", "who ends when told of the end has leaked", [KERNEL + "exit[end_was_read]", KERNEL + "exit[last]"],
     (VERDICT, "return told && m->process.end == MODEL_END_EXIT &&", "return 0 &&")),
    ("verdicts", "who was killed after the end was told has closed", KERNEL + "killed[end_was_read]",
     (VERDICT, "return told && m->process.end == MODEL_END_EXIT &&", "return told &&")),
    ("verdicts", "what was accepted and never looked at is idle", KERNEL + "exit[unused]",
     (VERDICT, "rule_unnoticed, rule_unwatched, rule_idle", "rule_unnoticed, rule_idle"),
     (VERDICT, "static bool rule_unwatched", "__attribute__((unused)) static bool rule_unwatched")),
    ("verdicts", "what was read is unwatched", KERNEL + "exit[answered]", (VERDICT, "f->in.bytes || f->in.thread || f->watch", "f->watch")),
    ("verdicts", "what was shut down and kept is idle", "verdict", (VERDICT, "\tif (shut_down(m, c))\n", "\tif (0 && shut_down(m, c))\n")),
    ("verdicts", "a tunnel of SOCKS leads to nothing", "session",
     ("socks.c", "\t\tif (!f->remaining)\n\t\t\tfeed_tunnel(feed);", "\t\tif (!f->remaining)\n\t\t\tfeed_lost(feed);")),
    ("verdicts", "a tunnel of CONNECT leads to nothing", "session",
     ("http1.c", "\t\tfeed_tunnel(feed);\n\t} else if (flags & DUMP_FRAME_CHUNKED)", "\t\tfeed_lost(feed);\n\t} else if (flags & DUMP_FRAME_CHUNKED)")),
    ("verdicts", "a proxy that refuses says nothing", "session", ("socks.c", "\tframe_flag(feed->frame, DUMP_SOCKS_REFUSED);\n", "")),
    ("verdicts", "a handshake that failed is through", "session", ("exchange.h", "\tif (exchange_flags(c) & DUMP_TLS_FAILED)\n", "\tif (0)\n")),
    ("verdicts", "exit handlers give back what was leaked", [TEARDOWN + "destructors_and_handlers[static]",
                                                             TEARDOWN + "destructors_and_handlers[exit]"],
     ("closing.c", "if (look && ending_now_at(place))", "if (look && ending_now_at(place) && 0)")),
    ("verdicts", "an ending that was none is one", TEARDOWN + "an_ending_that_was_none",
     ("closing.c", "\tif (ending_now())\n\t\treturn;", "\tif (1)\n\t\treturn;")),
    ("verdicts", "the end of a Python script is none", TEARDOWN + "scripts[python-end]",
     (ENDING, "\t{\"Py_FinalizeEx\", INSIDE, 0, 0, 0},\n", "")),
    ("verdicts", "whoever was closed by a teardown was closed", TEARDOWN + "destructors_and_handlers[static]",
     (VERDICT, "f->state == DUMP_CLOSED && !c->teardown", "f->state == DUMP_CLOSED")),
    ("verdicts", "what RTLD_DEEPBIND binds is not pointed at us", [DEEPBIND + "[bound_lazy-deep]"],
     (BIND, "\t\t__atomic_store_n(slot, (uintptr_t)it.ours, __ATOMIC_RELEASE);", "\t\t;")),
    ("verdicts", "slots that are read-only by now are left alone", [DEEPBIND + "[bound_now-deep]"],
     (BIND, "mprotect((void *)l->relro, l->relro_end - l->relro, PROT_READ | PROT_WRITE) == 0", "false")),
    ("verdicts", "a slot that was not used yet is not pointed at us", [DEEPBIND + "[bound_lazy-deep-lazy]"],
     (BIND, " || (now >= l->from && now < l->to && dlsym(handle, name) == real)", "")),
    ("verdicts", "what went on unseen is not counted at the end", UNSEEN + "a_process_that_holds_sockets_is_not_said_to_have_opened_none",
     ("preload/process.c", "\tprocess_held_to_the_end();\n\tcount_unseen();\n", "\tprocess_held_to_the_end();\n"),
     ("preload/process.c", "static void count_unseen", "__attribute__((unused)) static void count_unseen")),
    ("verdicts", "what libc opens for itself is the program's", UNSEEN + "what_libc_opens_for_itself_is_none_of_it",
     ("address.c", " || (domain == AF_UNIX && option(fd, SO_TYPE) == SOCK_STREAM);", " || domain == AF_UNIX;")),
    ("verdicts", "what was seen is counted as unseen", UNSEEN + "those_that_were_seen_are_none_of_it",
     ("census.c", "fd > STDERR_FILENO && !descriptor_get(fd) && address_is_connection(fd)", "fd > STDERR_FILENO && address_is_connection(fd)")),
    ("verdicts", "of a process that runs nothing is unseen", UNSEEN + "of_a_process_that_runs",
     ("model/unseen.c", "m->process.end == MODEL_END_RUNNING ? calloc", "0 ? calloc")),
    ("verdicts", "a second close is not seen", TWICE + "closed_twice", (FD, " || twice_remembers(fd)))", "))")),
    ("verdicts", "a loop that closes all numbers is accused of the last one", TWICE + "closed_once_or_in_a_loop[short_loop]",
     (TWICE_C, "if (in_a_row() || arena_state", "if (arena_state")),
    ("verdicts", "a loop that closes all numbers is accused of the first one", TWICE + "closed_once_or_in_a_loop[daemon_loop]",
     (TWICE_C, "if (!in_a_row() || arena_state", "if (1 || arena_state")),
    ("verdicts", "what a parent closed is its child's", TWICE + "closed_once_or_in_a_loop[child_closes_its_parents]",
     (PROCESS, "\ttwice_forget_all();\n", "")),
    ("verdicts", "a range is thought of number by number", TWICE + "closed_once_or_in_a_loop[ranges]",
     ("preload/conn.c", "\t\ttwice_forget((int)fd); /* who", "\t\t; /* who")),
    ("verdicts", "a folder that had the number is not seen", TWICE + "closed_once_or_in_a_loop[folder_twice]",
     (FD, "twice_forget(dirfd(given))", ";")),
    ("verdicts", "a stream that had the number is not seen", TWICE + "closed_once_or_in_a_loop[stream_twice]",
     (FD, "(!descriptor_get(fd) && !twice_remembers(fd))", "!descriptor_get(fd)")),
    ("verdicts", "what dup2 put over it is not seen", TWICE + "closed_once_or_in_a_loop[replaced]",
     ("preload/conn.c", "slot_release(&here, replaced - 1, fd, false, state_now());\n\t\ttwice_forget(fd);", "slot_release(&here, replaced - 1, fd, false, state_now());")),
    ("verdicts", "exit handlers that close once more are accused", TWICE + "closed_once_or_in_a_loop[at_the_end]",
     (TWICE_C, " || closing_in_ending || ending_now())", ")")),
    ("verdicts", "any place may have meant the connection before", TWICE + "the_connection_that_was_hit",
     ("model/twice.c", "return one_place(m, t->closed, t->before_closed) &&", "return 0 &&")),
    ("verdicts", "a spare that was never asked is one of those that were", PROPERTIES + "nothing_of_this_makes_it_worse",
     (REUSE, "return c->has & DUMP_HAS_ASKED;", "return c->has | 1;")),
)
