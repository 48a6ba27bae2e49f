/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONNLEAK_CONN_CONNECT_H
#define CONNLEAK_CONN_CONNECT_H

#include <stdbool.h>

#include "connleak/dump.h"

void connect_done(struct dump_conn *c, int fd);
void connect_failed(struct dump_conn *c, int error);
bool connect_stream(const struct dump_conn *c);
bool connect_client(struct dump_conn *c);
void connect_seen(struct dump_conn *c, int fd);
void connect_ask_last(struct dump_conn *c, int fd);
void connect_refused(struct dump_conn *c, int error);

#endif
