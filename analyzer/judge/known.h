/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of one connection: by its protocol's framing, by the kernel, by what went by. Questions that
 * the rules ask; it knows no verdict.
 */
#ifndef CONNLEAK_KNOWN_H
#define CONNLEAK_KNOWN_H

#include "connleak/exchange.h"
#include "model/model.h"

/* Fills in what the framing says of it; of all in memory before verdict_of() of any. */
void known_describe(struct model_conn *c);

/* More went through the kernel than we saw: stdio inside libc, io_uring, raw system calls. */
bool known_behind_our_back(const struct model_conn *c);
/* Does the process answer on it, instead of asking? */
bool known_answers(const struct dump_conn *c);
/* By the framing, if that is to be believed. */
enum exchange_outstanding known_outstanding(const struct model_conn *c);
/* Of what is no exchange of requests and answers: is the session still to be set up? */
enum exchange_handshake known_handshake(const struct model_conn *c);
/* What is outstanding, with what is owed before the first request. */
enum exchange_outstanding known_owed(const struct model_conn *c);
/* Did bytes go by? Stdio's are not in our books. */
bool known_used(const struct dump_conn *c);
/* Was it ever connected? The kernel may know what the program has not asked for yet. */
bool known_connected(const struct model_conn *c);
/* Has the peer ended it, by the kernel's books? */
bool known_peer_gone(const struct model_conn *c);
/* A protocol that is not followed, whose server has said that it ends the session (preload/core/lines.h). */
bool known_said_bye(const struct dump_conn *c);
/* Is that less than the idle time ago, in a process that runs? */
bool known_just_now(const struct model *m, uint64_t mono);

#endif
