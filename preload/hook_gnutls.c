/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GnuTLS: as hook_openssl.c, with GnuTLS's own rules. Its headers need not be there.
 *
 *  - A record_send that said GNUTLS_E_AGAIN is repeated, perhaps with NULL for the data that the
 *    library still has; it then returns their number, and nobody saw them.
 *  - What is sent while corked is counted when it is taken, not when it leaves.
 *  - What a session takes for its socket is anything that the program gave it
 *    (gnutls_transport_set_ptr takes a pointer), so it is not asked for a descriptor.
 *  - A session may be read by one thread while another writes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "conn.h"
#include "hook_late.h"
#include "tls.h"

typedef struct gnutls_session_int *gnutls_session_t;
typedef struct mbuffer_st *gnutls_packet_t;
typedef struct {
	unsigned char *data;
	unsigned int size;
} gnutls_datum_t;

int gnutls_init(gnutls_session_t *session, unsigned flags);
void gnutls_deinit(gnutls_session_t session);
int gnutls_handshake(gnutls_session_t session);
int gnutls_bye(gnutls_session_t session, int how);
ssize_t gnutls_record_recv(gnutls_session_t session, void *data, size_t size);
ssize_t gnutls_record_recv_seq(gnutls_session_t session, void *data, size_t size, unsigned char *seq);
ssize_t gnutls_record_recv_packet(gnutls_session_t session, gnutls_packet_t *packet);
ssize_t gnutls_record_recv_early_data(gnutls_session_t session, void *data, size_t size);
ssize_t gnutls_record_send(gnutls_session_t session, const void *data, size_t size);
ssize_t gnutls_record_send2(gnutls_session_t session, const void *data, size_t size, size_t pad, unsigned flags);
ssize_t gnutls_record_send_range(gnutls_session_t session, const void *data, size_t size, const void *range);
ssize_t gnutls_record_send_file(gnutls_session_t session, int fd, off_t *offset, size_t count);
int gnutls_record_uncork(gnutls_session_t session, unsigned flags);

/* Asked, not wrapped. */
void gnutls_packet_get(gnutls_packet_t packet, gnutls_datum_t *data, unsigned char *sequence);

#define GNUTLS(type, name, version, parameters) LATE(type, name, 30, version, parameters)
#define GNUTLS_REAL(name) LATE_REAL(name, 30, LATE_CALLER)

/* ---- sessions ------------------------------------------------------------------------------------- */

GNUTLS(int, gnutls_init, "GNUTLS_3_4", (gnutls_session_t *session, unsigned flags))
{
	int ret = GNUTLS_REAL(gnutls_init)(session, flags);

	if (ret == 0)
		RECORD tls_forget(*session);
	return ret;
}

GNUTLS(void, gnutls_deinit, "GNUTLS_3_4", (gnutls_session_t session))
{
	RECORD tls_forget(session);
	GNUTLS_REAL(gnutls_deinit)(session);
}

/* A call that moves no plain text, but uses the socket. */
#define USES(name, parameters, arguments)                                                         \
	GNUTLS(int, name, "GNUTLS_3_4", parameters)                                               \
	{                                                                                         \
		struct tls_call call;                                                             \
		int ret;                                                                          \
                                                                                                  \
		RECORD tls_begin(&call, session);                                                 \
		ret = GNUTLS_REAL(name) arguments;                                                \
		RECORD tls_end(&call);                                                                \
		return ret;                                                                       \
	}
USES(gnutls_handshake, (gnutls_session_t session), (session))
USES(gnutls_record_uncork, (gnutls_session_t session, unsigned flags), (session, flags))

GNUTLS(int, gnutls_bye, "GNUTLS_3_4", (gnutls_session_t session, int how))
{
	struct tls_call call;
	int ret;

	RECORD tls_begin(&call, session);
	ret = GNUTLS_REAL(gnutls_bye)(session, how);
	RECORD if (tls_end(&call) && ret == 0) conn_plain_shut(call.conn, call.id);
	return ret;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

/* 0 is the peer's close_notify (gnutls_record_recv(3)). */
static void received(struct tls_call *call, const void *data, ssize_t n, bool wanted)
{
	if (!tls_end(call))
		return;
	if (likely(n > 0))
		tls_in(call, data, (size_t)n);
	else if (n == 0 && wanted)
		conn_plain_eof(call->conn, call->id, true);
}

#define RECEIVES(name, version, parameters, arguments)                                            \
	GNUTLS(ssize_t, name, version, parameters)                                                \
	{                                                                                         \
		struct tls_call call;                                                             \
		ssize_t n;                                                                        \
                                                                                                  \
		RECORD tls_begin(&call, session);                                                 \
		n = GNUTLS_REAL(name) arguments;                                                  \
		RECORD received(&call, data, n, size > 0);                                        \
		return n;                                                                         \
	}
RECEIVES(gnutls_record_recv, "GNUTLS_3_4", (gnutls_session_t session, void *data, size_t size), (session, data, size))
RECEIVES(gnutls_record_recv_seq, "GNUTLS_3_4",
	 (gnutls_session_t session, void *data, size_t size, unsigned char *seq), (session, data, size, seq))
/* A server's, after the handshake and before the first record_recv. What a client sends early has no
 * connection yet, and may be refused and sent again: it is not seen. */
RECEIVES(gnutls_record_recv_early_data, "GNUTLS_3_6_5",
	 (gnutls_session_t session, void *data, size_t size), (session, data, size))

GNUTLS(ssize_t, gnutls_record_recv_packet, "GNUTLS_3_4", (gnutls_session_t session, gnutls_packet_t *packet))
{
	static const struct late packet_get = {"gnutls_packet_get", "GNUTLS_3_4"};
	const void *caller = LATE_CALLER;
	gnutls_datum_t data = {NULL, 0};
	struct tls_call call;
	ssize_t n;

	RECORD tls_begin(&call, session);
	n = LATE_REAL(gnutls_record_recv_packet, 30, caller)(session, packet);
	RECORD {
		if (n > 0)
			((__typeof__(gnutls_packet_get) *)late_real(&packet_get, caller))(*packet, &data, NULL);
		received(&call, data.data, n, true);
	}
	return n;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static void sent(struct tls_call *call, const void *data, ssize_t n)
{
	if (tls_end(call) && n > 0)
		tls_out(call, data, (size_t)n);
}

#define SENDS(name, version, parameters, arguments)                                               \
	GNUTLS(ssize_t, name, version, parameters)                                                \
	{                                                                                         \
		struct tls_call call;                                                             \
		ssize_t n;                                                                        \
                                                                                                  \
		RECORD tls_begin(&call, session);                                                 \
		n = GNUTLS_REAL(name) arguments;                                                  \
		RECORD sent(&call, data, n);                                                      \
		return n;                                                                         \
	}
SENDS(gnutls_record_send, "GNUTLS_3_4", (gnutls_session_t session, const void *data, size_t size),
      (session, data, size))
SENDS(gnutls_record_send2, "GNUTLS_3_6_3",
      (gnutls_session_t session, const void *data, size_t size, size_t pad, unsigned flags),
      (session, data, size, pad, flags))
SENDS(gnutls_record_send_range, "GNUTLS_3_4",
      (gnutls_session_t session, const void *data, size_t size, const void *range), (session, data, size, range))

GNUTLS(ssize_t, gnutls_record_send_file, "GNUTLS_3_7_4",
       (gnutls_session_t session, int fd, off_t *offset, size_t count))
{
	struct tls_call call;
	ssize_t n;

	RECORD tls_begin(&call, session);
	n = GNUTLS_REAL(gnutls_record_send_file)(session, fd, offset, count);
	RECORD sent(&call, NULL, n);
	return n;
}
