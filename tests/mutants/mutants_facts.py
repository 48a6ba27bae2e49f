# SPDX-License-Identifier: Apache-2.0
"""Rules 13, 14, 16, 17 and 18, and what holds among threads: that what was written down is true."""
from mutant import mutants

FRAMING_IO = "cases/test_framing_io.py::test_"
TLS = "cases/test_tls_victims.py::test_"
KERNEL = "cases/test_verdict_kernel.py::test_"
KILLED = "cases/test_life_killed.py::test_killed_at_any_moment"
WAITS = "cases/test_threads_waiting.py::test_killed_in"
UNNOTICED = "cases/test_rules_unnoticed.py::test_"
SOAK = "soak/test_soak.py::test_a_few_seconds"

IO, CONN_IO, CHANGE, SLOT = "preload/hook_io.c", "preload/conn_io.c", "preload/conn_change.c", "preload/conn_slot.c"
HALF, HALF_H = "preload/conn_half.c", "preload/conn_half.h"
HTTP1, SNIFF, OPENSSL = "preload/framing/http1.c", "preload/framing/sniff.c", "preload/hook_openssl.c"
TLS_C, VERDICT, THREAD = "preload/tls.c", "analyzer/verdict.c", "preload/thread.c"

MUTANTS = mutants(
    (13, "MSG_PEEK takes", [FRAMING_IO + "all_but_one_byte[peek]", FRAMING_IO + "peek_takes_nothing"],
     (IO, "else if (flags & MSG_PEEK)", "else if (0)")),
    (13, "MSG_TRUNC's buffer is looked at", UNNOTICED + "io_behind_our_back_voids_the_framing[throws_an_answer_away-client]",
     (IO, "flags & MSG_TRUNC ? NULL : iov", "iov")),
    (13, "a framer that has lost its place goes on", ["framing_http1", "framing_others"],
     ("preload/framing/protocol.h", "\tframe_flag(feed->frame, DUMP_FRAME_LOST);\n\tfeed->frame->state = STATE_LOST;\n\tfeed->left = 0;",
      "\tfeed->frame->state = 1;")),
    (13, "a head has to come in one read", "framing_http1",
     (HTTP1, "\t\tif (head_feed(feed))\n\t\t\tafter_head(feed);\n", "\t\tif (head_feed(feed))\n\t\t\tafter_head(feed);\n\t\telse\n\t\t\tfeed_lost(feed);\n")),
    (13, "a body ends a byte early", ["framing_http1", FRAMING_IO + "all_but_one_byte[bytes]"],
     (HTTP1, "\tfeed->frame->body += feed_remaining(feed);\n\tif (!feed->frame->remaining)\n\t\tcomplete",
      "\tfeed->frame->body += feed_remaining(feed);\n\tif (feed->frame->remaining <= 1)\n\t\tcomplete")),
    (13, "a body that nobody could look at loses the framing", ["framing_http1", FRAMING_IO + "read_to_the_end[splice]"],
     (HTTP1, "\tif (feed->frame->state == BODY)\n\t\tfeed_body(feed);\n\telse if", "\tif")),
    (13, "the answer to HEAD has a body", "framing_http1", (HTTP1, "kind == DUMP_REQUEST_HEAD || ", "")),
    (13, "what is no known protocol is looked at again", "framing_others",
     (SNIFF, "\t\tdecide(feed->framing, protocol);\n\t\tprotocol =", "\t\tif (protocol != DUMP_PROTOCOL_NONE)\n\t\t\tdecide(feed->framing, protocol);\n\t\tprotocol =")),
    (13, "a request that nobody answered yet is drained", ["verdict", KERNEL + "exit[asked]"],
     (VERDICT, "return requests->begun > done ? AWAITED : NOTHING;", "return NOTHING;")),

    (14, "the socket used inside the call is not asked", ["tls", TLS + "openssl[fd-plain-all]"],
     (TLS_C, "struct dump_conn *touched = tls_seen.conn;", "struct dump_conn *touched = NULL;")),
    (14, "any socket used inside the call takes the session", "tls", (TLS_C, "(!call->conn || sealed(touched))", "true")),
    (14, "the library's descriptor comes before what was learned", "tls",
     (TLS_C, "\tc = conn_of(e, &id);\n\tif (!c && e && e->peer)\n\t\tc = conn_of(find(e->peer), &id);\n\tif (!c && entry", "\tc = NULL;\n\tif (entry")),
    (14, "bytes put into a memory BIO are not known again", ["tls", TLS + "openssl[mem-plain-all]"],
     (TLS_C, "\t\tput(bio, c, tls_seen.from_id);", "\t\t;")),
    (14, "a BIO pair is two BIOs", ["tls", TLS + "openssl[pair-plain-all]"],
     (OPENSSL, "\t\tRECORD tls_paired(*bio, *other);", "\t\t;"), (TLS_C, "if (!c && e && e->peer)", "if (0)")),
    (14, "a freed session's address is still that session", "tls",
     (TLS_C, "\t__atomic_store_n(&e->conn, NULL, __ATOMIC_RELEASE);\n\t__atomic_store_n(&e->key, NULL, __ATOMIC_RELEASE);\n}", "}")),
    (14, "SSL_read_ex is not looked at", TLS + "openssl[fd-ex-all]",
     (OPENSSL, "\tRECORD read_end(&call, ssl, buffer, ret > 0 ? *done : 0, ret, library, caller);", "\tRECORD tls_end(&call);")),
    (14, "each caller gets the first library's function", TLS + "libraries_that_come_late_locally_and_twice",
     ("preload/hook_late.c", "\t\tfound.real = of_caller(row, caller);", "\t\t;")),
    (14, "a socket that speaks no TLS takes the session", "tls",
     (TLS_C, "if (!may_hold_tls(c) || !put(", "if (!put(")),

    (16, "who waits on what is not written down before the call", WAITS,
     (CONN_IO, "\t\tthread_wait_begin(io->thread, call, io->id, -1);", "\t\t;")),
    (16, "who polls what is not written down before the call", [WAITS + "[poll]", WAITS + "[select]"],
     ("preload/hook_wait.c", "\t\tthread_wait_for(sockets, call);", "\t\t;")),
    (16, "who waits for a set is not written down before the call", WAITS + "[epoll_wait]",
     ("preload/hook_wait.c", "\t\tthread_wait_begin(t, call, 0, epfd);", "\t\t;")),
    (16, "a wait that is over stays", ["conn", KERNEL + "killed[unread]", "cases/test_threads_waiting.py::test_running_then_killed[nobody]"],
     ("preload/thread.h", "\t__atomic_store_n(&t->waiting_in, DUMP_CALL_none, __ATOMIC_RELAXED);", "\t;")),
    (16, "an end-of-file is not noted", ["conn", KERNEL + "killed[end_was_read]"],
     (CONN_IO, "\t\tframing_eof(&f.framing, FRAMING_IN);\n\t}\n\tc->in.eof = 1;", "\t\tframing_eof(&f.framing, FRAMING_IN);\n\t}")),
    (16, "an end-of-file that was peeked at is not noted", KERNEL + "killed[end_was_peeked_at]",
     (CONN_IO, "\tif (n == 0 && wanted)\n\t\ttold_eof(io);\n\telse if (n < 0)\n", "\tif (n < -1)\n")),
    (16, "a reset is not noted", ["conn", KERNEL + "killed[reset_was_read]", KERNEL + "killed[broken_pipe]"],
     (CONN_IO, "\th->error = (uint16_t)error;\n", "")),
    (16, "the peer's address is not noted at connect", "cases/test_life_killed.py::test_addresses_of_a_killed_program",
     (CHANGE, "\taddress_peer(c, peer, size);\n\tif (error == 0)", "\tif (error == 0)")),
    (16, "the local address is not noted at connect", "cases/test_life_killed.py::test_addresses_of_a_killed_program",
     (CHANGE, "\tif (fd >= 0 && !(c->has & DUMP_HAS_LOCAL))\n\t\taddress_local(c, fd, NULL);\n", "")),
    (16, "the peer's address is not noted at accept", "cases/test_life_killed.py::test_addresses_of_a_killed_program",
     ("preload/conn.c", "\taddress_peer(c, peer, size);\n\taddress_local(c, fd, l);", "\taddress_local(c, fd, l);")),
    (16, "a failed connect is not noted", KERNEL + "killed[refused]", (CHANGE, "\tslot_flag(c, DUMP_CONNECT_FAILED);\n", "")),
    (16, "what SO_ERROR told is not noted", KERNEL + "killed[refused_later]",
     ("preload/hook_socket.c", "\t\tRECORD conn_so_error(fd, *(const int *)value);", "\t\t;")),
    (16, "bytes are counted at the end only", [KILLED, "conn"], (CONN_IO, "\th->bytes += n;\n", "")),
    (16, "the dump is readable after exit only", [KILLED],
     ("preload/process.c", "\t\tarena_publish();\n", ""), ("preload/process.c", "\tarena_settle();\n", "\tarena_publish();\n\tarena_settle();\n")),
    (16, "a slot is readable before it is filled", "conn", (SLOT, "\t__atomic_store_n(&c->seq, c->seq + 1, __ATOMIC_RELEASE);\n", "")),
    (16, "the queue is not asked for at the end", KERNEL + "exit[unframed_unread]", ("preload/process.c", "\tkernel_ask_all();\n", "")),
    (16, "a running process's queue is not asked for", KERNEL + "running[unframed_unread]",
     ("analyzer/kernel.c", "copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);", "copy = -1;")),

    (17, "a name's sockets are recorded", UNNOTICED + "sockets_inside_getaddrinfo_are_left_alone",
     ("preload/hook_socket.c", "int pidfd_getfd(", "#include <netdb.h>\n\nHOOK(int, getaddrinfo, (const char *node, const char *service, const struct addrinfo *hints,\n"
      "\t\t       struct addrinfo **list))\n{\n\tint fd, ret = REAL(getaddrinfo)(node, service, hints, list);\n\n"
      "\tfd = (int)sys_call3(SYS_socket, AF_INET, SOCK_DGRAM, 0); /* as if it were the one used inside */\n"
      "\tRECORD conn_opened(fd, AF_INET, SOCK_DGRAM, 0);\n\tsys_call1(SYS_close, fd);\n\treturn ret;\n}\n\nint pidfd_getfd(")),
    (17, "every socket that is open at the end is the program's", UNNOTICED + "a_connection_that_libc_keeps_is_not_the_programs",
     ("preload/process.c", "\tconn_reconcile();\n", "\tconn_reconcile();\n\tfor (int fd = 0; fd < 64; fd++)\n\t\tif (!descriptor_get(fd) && sys_call5(SYS_getsockopt, fd, 1, 3, &fd, &(int){0}) == 0)\n\t\t\tconn_received(fd);\n")),

    (18, "the kernel's count of bytes received is not looked at", ["verdict", UNNOTICED + "io_behind_our_back_voids_the_framing[raw_reads-client]"],
     (VERDICT, "return k->received > f->in.bytes + k->queued + 1 || ", "return ")),
    (18, "the kernel's count of bytes sent is not looked at", UNNOTICED + "io_behind_our_back_voids_the_framing[raw_writes-server]",
     (VERDICT, " || k->acked > f->out.bytes + 2;", ";")),
    (18, "the kernel's counts are not asked for", UNNOTICED + "io_behind_our_back_voids_the_framing[raw_reads-client]",
     ("preload/kernel.c", "\tk->has |= DUMP_KERNEL_TCP;\n", "")),
    (18, "a stream of stdio's is a socket like any other", UNNOTICED + "io_behind_our_back_voids_the_framing[by_stdio_and_killed-client]",
     ("preload/hook_fd.c", "\t\tRECORD conn_stdio(fd);", "\t\t;")),
    (18, "two threads at one direction: the framing is believed", "conn",
     (HALF, "\t__atomic_store_n(&h->inexact, 1, __ATOMIC_RELAXED);\n", "")),

    ("threads", "the count of descriptors is no atomic", "tsan races",
     (SLOT, "uint32_t left = __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL);", "uint32_t left = --c->refs;")),
    ("threads", "a closed one is shared again", "conn", (SLOT, "\t\tif (!refs)\n\t\t\treturn false;\n", "")),
    ("threads", "a direction is nobody's: no sequence lock", ["tsan races", "races"],
     (HALF_H, "uint32_t seq = state_threaded() ? half_lock_among(h, c, id) : half_lock_alone(h);", "uint32_t seq = h->seq + 2;")),
    ("threads", "who is alone is asked once: no lock among two", ["tsan races", "thread"],
     ("preload/state.h", "\treturn !__atomic_load_n(&__libc_single_threaded, __ATOMIC_RELAXED) ||\n\t       __atomic_load_n(&state.threaded, __ATOMIC_RELAXED);", "\treturn false;")),
    ("threads", "only pthread_create makes threads: a timer's does not count", "thread",
     ("preload/state.h", "\treturn !__atomic_load_n(&__libc_single_threaded, __ATOMIC_RELAXED) ||\n\t       ", "\treturn ")),
    ("threads", "a slot is recycled under the end of a call", ["conn", "tsan races"], (SLOT, "\tif (!seize(c))\n\t\treturn false;\n", "")),
    ("threads", "the end of a call does not look whose slot it is by now", ["conn", "tsan races"],
     (HALF_H, "\tif (likely(seq && conn_id(c) == id))\n\t\treturn seq;", "\tif (likely(seq))\n\t\treturn seq;"),
     (HALF, "i < PATIENCE && conn_id(c) == id; i++", "i < PATIENCE; i++")),
    ("threads", "ids are given by a plain counter", ["races", "tsan races"],
     (SLOT, "__atomic_fetch_add(&arena.process->next_id, 1, __ATOMIC_RELAXED)", "arena.process->next_id++")),
    ("threads", "a call site's counter is a plain one", ["tsan races", SOAK],
     (SLOT, "\t__atomic_fetch_add(&s->opened, 1, __ATOMIC_RELAXED);", "\ts->opened++;")),
    ("threads", "a free list without its count of changes", "queue",
     ("preload/queue.c", "\t\tchanged = ((head >> 32) + 1) << 32 |\n\t\t\t  __atomic", "\t\tchanged = head >> 32 << 32 |\n\t\t\t  __atomic"),
     ("preload/queue.c", "\t\tchanged = ((head >> 32) + 1) << 32 | (index + 1);", "\t\tchanged = head >> 32 << 32 | (index + 1);")),
    ("threads", "a free list is popped without a look back", ["queue", "tsan races"],
     ("preload/queue.c", "\t} while (!__atomic_compare_exchange_n(&list->head, &head, changed, true, __ATOMIC_ACQUIRE,\n\t\t\t\t\t      __ATOMIC_ACQUIRE));",
      "\t} while (__atomic_store_n(&list->head, changed, __ATOMIC_RELEASE), 0);")),
    ("threads", "a ring's cell is handed over before it is filled", ["tsan queue", "queue"],
     ("preload/queue.c", "\t\tcell->index = index;\n\t\t__atomic_store_n(&cell->turn, at + 1 - (at & q->mask), __ATOMIC_RELEASE);",
      "\t\t__atomic_store_n(&cell->turn, at + 1 - (at & q->mask), __ATOMIC_RELAXED);\n\t\tcell->index = index;")),
    ("threads", "a stack is published before its frames", "tsan races",
     ("preload/stack.c", "entry, false, __ATOMIC_RELEASE,\n", "entry, false, __ATOMIC_RELAXED,\n")),
    ("threads", "a ring that two threads make is made twice", "queue",
     ("preload/queue.c", "\tq->mask = size - 1;\n", "\tq->mask = size - 1;\n\tq->head = q->tail = 0;\n")),
    ("threads", "two threads grow one pool at once", ["races", "tsan races"],
     ("preload/arena.c", "\twhile (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))\n", "\twhile (0)\n")),
)
