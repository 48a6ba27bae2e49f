/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/slot.h"
#include "core/names.h"
#include "here/presence.h"

static bool look(int fd, struct stat *st)
{
	return !state.sandboxed && sys_call2(SYS_fstat, fd, st) == 0 && S_ISSOCK(st->st_mode);
}

uint64_t address_inode(int fd)
{
	struct stat st;

	return look(fd, &st) ? st.st_ino : 0;
}

bool address_is_socket(int fd)
{
	struct stat st;

	return look(fd, &st);
}

/* unix(7): a path, or an abstract name that begins with NUL; unnamed: nothing. */
static void put_unix(uint8_t to[16], const struct sockaddr_un *un, socklen_t size)
{
	size_t n = size > offsetof(struct sockaddr_un, sun_path) ?
			   size - offsetof(struct sockaddr_un, sun_path) : 0;
	uint32_t name = 0;

	if (n > sizeof un->sun_path)
		n = sizeof un->sun_path;
	if (n && un->sun_path[0])
		n = strnlen(un->sun_path, n);
	if (n)
		name = names_intern(&here, un->sun_path, n);
	memcpy(to, &name, sizeof name);
}

static __attribute__((noinline)) bool put_other(uint8_t to[16], uint16_t *port,
						const struct sockaddr *address, socklen_t size)
{
	if (address->sa_family == AF_INET6 && size >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		memcpy(to, &in6->sin6_addr, 16);
		*port = ntohs(in6->sin6_port);
		return true;
	}
	if (address->sa_family == AF_UNIX) {
		put_unix(to, (const void *)address, size);
		return true;
	}
	return false;
}

/* Inline, of the kind that most are: with the others it saves registers. */
INLINE bool put(uint8_t to[16], uint16_t *port, const struct sockaddr *address, socklen_t size)
{
	const struct sockaddr_in *in = (const void *)address;

	if (!address || size < sizeof address->sa_family)
		return false;
	if (address->sa_family != AF_INET || size < sizeof *in)
		return put_other(to, port, address, size);
	memcpy(to, &in->sin_addr, 4);
	*port = ntohs(in->sin_port);
	return true;
}

uint8_t address_peer_is(struct dump_conn *c, const struct sockaddr *address, socklen_t size)
{
	return put(c->peer, &c->peer_port, address, size) ? DUMP_HAS_PEER : 0;
}

void address_peer(struct dump_conn *c, const struct sockaddr *address, socklen_t size)
{
	if (put(c->peer, &c->peer_port, address, size))
		slot_knows(c, DUMP_HAS_PEER);
}

static bool wildcard(const struct dump_conn *l)
{
	static const uint8_t any[16];

	return l->family == AF_UNIX ? false : memcmp(l->local, any, sizeof any) == 0;
}

/* Does it have one that is also that of what it accepts? */
static bool has_local(const struct dump_conn *l)
{
	return l && (l->has & DUMP_HAS_LOCAL) && !wildcard(l);
}

void address_local(struct dump_conn *c, int fd, const struct dump_conn *l)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;

	if (has_local(l)) {
		memcpy(c->local, l->local, sizeof c->local);
		c->local_port = l->local_port;
		slot_knows(c, DUMP_HAS_LOCAL);
	} else if (!state.sandboxed && sys_call3(SYS_getsockname, fd, &address, &size) >= 0) {
		address_local_is(c, (struct sockaddr *)&address, size);
	}
}

bool address_comes;

void address_local_soon(struct dump_conn *c, int fd, const struct dump_conn *l)
{
	if (!address_comes || has_local(l))
		address_local(c, fd, l);
}

void address_local_last(struct dump_conn *c, int fd)
{
	if (unlikely(address_comes) && (slot_flags(c) & DUMP_CONNECTED) && !(c->has & DUMP_HAS_LOCAL))
		address_local(c, fd, NULL);
}

void address_local_is(struct dump_conn *c, const struct sockaddr *address, socklen_t size)
{
	if (put(c->local, &c->local_port, address, size))
		slot_knows(c, DUMP_HAS_LOCAL);
}

bool address_ask_peer(struct dump_conn *c, int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;

	if (state.sandboxed || sys_call3(SYS_getpeername, fd, &address, &size) < 0)
		return false;
	if (!(c->has & DUMP_HAS_PEER))
		address_peer(c, (struct sockaddr *)&address, size);
	return true;
}

static int option(int fd, int name)
{
	int value = 0;
	socklen_t size = sizeof value;

	return sys_call5(SYS_getsockopt, fd, SOL_SOCKET, name, &value, &size) == 0 ? value : 0;
}

bool address_is_connection(int fd)
{
	int domain = address_is_socket(fd) ? option(fd, SO_DOMAIN) : AF_UNSPEC;

	return domain == AF_INET || domain == AF_INET6 || (domain == AF_UNIX && option(fd, SO_TYPE) == SOCK_STREAM);
}

/* Whoever connected did so to a name. */
static bool unnamed(const struct dump_conn *c)
{
	static const uint8_t none[4];

	return c->family == AF_UNIX && (c->has & DUMP_HAS_LOCAL) && (c->has & DUMP_HAS_PEER) &&
	       memcmp(c->local, none, sizeof none) == 0 && memcmp(c->peer, none, sizeof none) == 0;
}

void address_everything(struct dump_conn *c, int fd)
{
	if (state.sandboxed)
		return;
	c->family = (uint8_t)option(fd, SO_DOMAIN);
	c->type = (uint8_t)option(fd, SO_TYPE);
	c->protocol_no = (uint8_t)option(fd, SO_PROTOCOL);
	if (option(fd, SO_ACCEPTCONN))
		c->flags |= DUMP_LISTENING;
	address_local(c, fd, NULL);
	if (address_ask_peer(c, fd))
		c->flags |= unnamed(c) ? DUMP_PAIR : DUMP_CONNECTED;
}
