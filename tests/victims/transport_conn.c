/* SPDX-License-Identifier: Apache-2.0 */
#include "transport_conn.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport_pool.h"

static size_t at_most(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- the writer ------------------------------------------------------------------------------------ */

static bool send_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return true;
}

static void *writer(void *arg)
{
	struct conn *c = arg;
	bool alive = true;

	pthread_setname_np(pthread_self(), "http-writer");
	pthread_mutex_lock(&c->lock);
	while (alive && c->state != CONN_CLOSED) {
		if (!c->request_size) {
			c->writer_waits = true;
			pthread_cond_broadcast(&c->to_caller);
			pthread_cond_wait(&c->to_writer, &c->lock);
			c->writer_waits = false;
			continue;
		}
		c->writer_busy = true;
		pthread_mutex_unlock(&c->lock);
		alive = send_all(c->fd, c->request, c->request_size);
		pthread_mutex_lock(&c->lock);
		c->writer_busy = false;
		c->request_size = 0;
		pthread_cond_broadcast(&c->to_caller);
	}
	if (!alive)
		shutdown(c->fd, SHUT_RDWR); /* the reader finds out */
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* ---- the reader -------------------------------------------------------------------------------------- */

/* More into the read-ahead. False at the peer's close, and on errors. */
static bool fill(struct conn *c)
{
	ssize_t n;

	if (c->ahead_from == c->ahead_to)
		c->ahead_from = c->ahead_to = 0;
	do
		n = recv(c->fd, c->ahead + c->ahead_to, AHEAD_SIZE - c->ahead_to, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		c->ahead_to += (size_t)n;
	c->ahead[c->ahead_to] = 0;
	return n > 0;
}

/* The head of a response; what came with it of the body stays in the read-ahead, and a small body
 * is read ahead as a whole. Bodies have a Content-Length here. */
static bool read_head(struct conn *c)
{
	char *end, *length;

	while (!(end = strstr(c->ahead + c->ahead_from, "\r\n\r\n")))
		if (!fill(c))
			return false;
	*end = 0;
	length = strcasestr(c->ahead + c->ahead_from, "\r\ncontent-length:");
	if (!length)
		return false;
	c->left = strtoul(length + 17, NULL, 10);
	c->ahead_from = (size_t)(end + 4 - c->ahead);
	while (c->left <= AHEAD_SIZE - c->ahead_from && c->ahead_to - c->ahead_from < c->left)
		if (!fill(c))
			return false;
	return true;
}

/* Sleeps until the caller says something. False when the request's time is over. */
static bool wait_for_news(struct conn *c)
{
	int rc = 0;

	c->reader_waits = true;
	pthread_cond_broadcast(&c->to_caller);
	while (c->news == BODY_HELD && c->state != CONN_CLOSED && rc != ETIMEDOUT)
		rc = c->has_deadline ? pthread_cond_timedwait(&c->to_reader, &c->lock, &c->deadline)
				     : pthread_cond_wait(&c->to_reader, &c->lock);
	c->reader_waits = false;
	return rc != ETIMEDOUT;
}

static bool serve_more(struct conn *c)
{
	bool ok;

	pthread_mutex_unlock(&c->lock);
	ok = fill(c);
	pthread_mutex_lock(&c->lock);
	c->news = BODY_HELD;
	pthread_cond_broadcast(&c->to_caller);
	return ok;
}

/* Stays with the body until it is known how it went; true when the connection can be used again. */
static bool see_body_off(struct conn *c)
{
	for (;;) {
		if (!wait_for_news(c) || c->state == CONN_CLOSED)
			return false;
		switch (c->news) {
		case BODY_WANTED:
			if (!serve_more(c))
				return false;
			break;
		case BODY_ENDED:
			return true;
		case BODY_CLOSED:
		case BODY_CANCELLED:
			return false;
		case BODY_HELD:
			break;
		}
	}
}

/* One response: true when the connection is back in the pool. */
static bool read_response(struct conn *c)
{
	bool ok = read_head(c);

	pthread_mutex_lock(&c->lock);
	ok = ok && c->state == CONN_AWAITING;
	if (ok) {
		c->state = CONN_BODY;
		c->answered = true;
		pthread_cond_broadcast(&c->to_caller);
		ok = see_body_off(c);
	}
	if (ok) {
		c->state = CONN_IDLE;
		pool_put(c); /* before the caller knows: its next request finds it */
		pthread_cond_broadcast(&c->to_caller);
	}
	pthread_mutex_unlock(&c->lock);
	return ok;
}

static void *reader(void *arg)
{
	struct conn *c = arg;

	pthread_setname_np(pthread_self(), "http-reader");
	while (read_response(c))
		;
	pool_forget(c);
	pthread_mutex_lock(&c->lock);
	c->state = CONN_CLOSED;
	if (c->writer_busy)
		shutdown(c->fd, SHUT_RDWR);
	pthread_cond_broadcast(&c->to_writer);
	pthread_cond_broadcast(&c->to_caller);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->writer, NULL);
	close(c->fd);
	return NULL;
}

/* ---- the caller's side ----------------------------------------------------------------------------- */

static int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *a;
	int fd;

	if (getaddrinfo(host, port, &hints, &a) != 0)
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(a);
	return fd;
}

struct conn *conn_open(struct pool *pool, const char *host, const char *port)
{
	struct conn *c = calloc(1, sizeof *c);

	if (!c)
		abort();
	c->pool = pool;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->to_writer, NULL);
	pthread_cond_init(&c->to_reader, NULL);
	pthread_cond_init(&c->to_caller, NULL);
	c->fd = connect_to(host, port);
	if (c->fd < 0) {
		free(c);
		return NULL;
	}
	if (pthread_create(&c->writer, NULL, writer, c) || pthread_create(&c->reader, NULL, reader, c))
		abort();
	return c;
}

static void set_deadline(struct conn *c, unsigned timeout_ms)
{
	clock_gettime(CLOCK_REALTIME, &c->deadline);
	c->deadline.tv_sec += timeout_ms / 1000;
	c->deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	c->deadline.tv_sec += c->deadline.tv_nsec / 1000000000;
	c->deadline.tv_nsec %= 1000000000;
	c->has_deadline = timeout_ms != 0;
}

bool conn_request(struct conn *c, const char *host, const char *path, unsigned timeout_ms)
{
	bool ok;

	pthread_mutex_lock(&c->lock);
	while (c->state == CONN_IDLE && c->writer_busy) /* the answer may come before send() returns */
		pthread_cond_wait(&c->to_caller, &c->lock);
	c->answered = false;
	if (c->state == CONN_IDLE) {
		c->state = CONN_AWAITING;
		c->news = BODY_HELD;
		set_deadline(c, timeout_ms);
		c->request_size = (size_t)snprintf(c->request, sizeof c->request,
						   "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);
		c->requests++;
		pthread_cond_signal(&c->to_writer);
	}
	while (c->state == CONN_AWAITING)
		pthread_cond_wait(&c->to_caller, &c->lock);
	ok = c->answered;
	pthread_mutex_unlock(&c->lock);
	return ok;
}

/* Tells the reader, and waits until it has acted on it. */
static void tell(struct conn *c, enum body_news news)
{
	enum conn_state before = c->state;

	c->news = news;
	pthread_cond_signal(&c->to_reader);
	while (c->news == news && c->state == before)
		pthread_cond_wait(&c->to_caller, &c->lock);
}

size_t body_read(struct conn *c, char *to, size_t size)
{
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	if (c->state == CONN_BODY && c->left && c->ahead_from == c->ahead_to)
		tell(c, BODY_WANTED);
	if (c->state == CONN_BODY) {
		n = at_most(at_most(size, c->left), c->ahead_to - c->ahead_from);
		memcpy(to, c->ahead + c->ahead_from, n);
		c->ahead_from += n;
		c->left -= n;
		if (!c->left)
			tell(c, BODY_ENDED);
	}
	pthread_mutex_unlock(&c->lock);
	return n;
}

void body_close(struct conn *c)
{
	pthread_mutex_lock(&c->lock);
	if (c->state == CONN_BODY)
		tell(c, BODY_CLOSED);
	pthread_mutex_unlock(&c->lock);
}

void body_cancel(struct conn *c)
{
	pthread_mutex_lock(&c->lock);
	if (c->state == CONN_BODY)
		tell(c, BODY_CANCELLED);
	pthread_mutex_unlock(&c->lock);
}

void conn_await_end(struct conn *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->state != CONN_CLOSED)
		pthread_cond_wait(&c->to_caller, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

void conn_settle(struct conn *c)
{
	bool ended;

	pthread_mutex_lock(&c->lock);
	while (c->has_deadline && c->state == CONN_BODY)
		pthread_cond_wait(&c->to_caller, &c->lock);
	while (c->state != CONN_CLOSED &&
	       !(c->writer_waits && (c->state == CONN_IDLE || c->reader_waits)))
		pthread_cond_wait(&c->to_caller, &c->lock);
	ended = c->state == CONN_CLOSED;
	pthread_mutex_unlock(&c->lock);
	if (ended)
		pthread_join(c->reader, NULL);
}
