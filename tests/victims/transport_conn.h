/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of the transport: a reader and a writer thread, and the body that its caller holds.
 *
 * The caller never touches the socket. It hands a request to the writer, waits for the reader's
 * response, and then tells the reader how the body went. The reader stays with the body until it is
 * told: whoever never tells it, leaks it, its writer and the connection.
 */
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define AHEAD_SIZE 4096 /* the reader's read-ahead */

struct pool;

/* What the caller tells the reader about the body that it holds. */
enum body_news {
	BODY_HELD,	/* nothing yet */
	BODY_WANTED,	/* more of it, please */
	BODY_ENDED,	/* read to its end */
	BODY_CLOSED,	/* closed before its end */
	BODY_CANCELLED, /* the request was cancelled */
};

enum conn_state {
	CONN_IDLE,     /* in the pool; the reader watches for the peer's close */
	CONN_AWAITING, /* a request is out */
	CONN_BODY,     /* the response is with the caller */
	CONN_CLOSED,   /* to its threads: leave */
};

struct conn {
	struct pool *pool;
	int fd;
	pthread_t reader, writer;
	pthread_mutex_t lock;
	pthread_cond_t to_writer, to_reader, to_caller;
	enum conn_state state;
	bool writer_busy, writer_waits, reader_waits;
	bool answered; /* the request: its response's head was read, whatever came then */
	char request[512];
	size_t request_size;
	bool has_deadline;
	struct timespec deadline;
	enum body_news news;
	size_t left; /* of the body, not yet with the caller */
	char ahead[AHEAD_SIZE + 1];
	size_t ahead_from, ahead_to;
	unsigned requests;
	struct conn *next, *next_idle;
};

/* Connects, then starts the two threads. NULL when that failed. */
struct conn *conn_open(struct pool *pool, const char *host, const char *port);

/* One request; returns with the response's head read. The body must then be read to its end, closed
 * or cancelled. timeout_ms: for the whole of it, 0 for none. */
bool conn_request(struct conn *c, const char *host, const char *path, unsigned timeout_ms);

size_t body_read(struct conn *c, char *to, size_t size); /* 0 at its end */
void body_close(struct conn *c);
void body_cancel(struct conn *c);

/* Waits until the reader has left, because the peer closed. */
void conn_await_end(struct conn *c);

/* Waits until both threads are where they will stay: asleep, or gone and joined. */
void conn_settle(struct conn *c);
