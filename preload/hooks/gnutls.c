/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GnuTLS: as openssl.c, with GnuTLS's own rules. Its headers need not be there.
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

#include "core/plain.h"
#include "hooks/late.h"
#include "sockets/tls.h"

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
ssize_t gnutls_record_send2(gnutls_session_t session, const void *data, size_t size, size_t pad,
			    unsigned flags);
ssize_t gnutls_record_send_range(gnutls_session_t session, const void *data, size_t size, const void *range);
ssize_t gnutls_record_send_file(gnutls_session_t session, int fd, off_t *offset, size_t count);
int gnutls_record_uncork(gnutls_session_t session, unsigned flags);

/* Asked, not wrapped. */
void gnutls_packet_get(gnutls_packet_t packet, gnutls_datum_t *data, unsigned char *sequence);
int gnutls_error_is_fatal(int error);
int gnutls_alpn_get_selected_protocol(gnutls_session_t session, gnutls_datum_t *protocol);

/* A wrapper, followed by its body, which knows `real` and `caller`. */
#define GNUTLS(type, name, version, arguments, ...)                                               \
	INLINE type body_##name(                                                                  \
		__typeof__(name) *real, const void *caller, __VA_ARGS__);                         \
	LATE(type, name, 30, version, (__VA_ARGS__), (arguments), body_##name(real, caller, arguments)) \
	INLINE type body_##name(                                                                  \
		__typeof__(name) *real, const void *caller, __VA_ARGS__)

/* ---- sessions ------------------------------------------------------------------------------------- */

GNUTLS(int, gnutls_init, "GNUTLS_3_4", ARGUMENTS(session, flags), gnutls_session_t *session, unsigned flags)
{
	int ret = real(session, flags);

	if (ret == 0)
		RECORD tls_forget(*session);
	return ret;
}

GNUTLS(void, gnutls_deinit, "GNUTLS_3_4", ARGUMENTS(session), gnutls_session_t session)
{
	RECORD tls_forget(session);
	real(session);
}

#define WITHIN(type, name, version, arguments, end, ...)                                          \
	GNUTLS(type, name, version, ARGUMENTS(arguments), __VA_ARGS__)                            \
	TLS_BODY(type, session, ARGUMENTS(arguments), end)

static void handshake_end(struct tls_call *call, gnutls_session_t session, int ret, const void *caller)
{
	static const struct late alpn = {"gnutls_alpn_get_selected_protocol", "GNUTLS_3_4"},
				 is_fatal = {"gnutls_error_is_fatal", "GNUTLS_3_4"};
	gnutls_datum_t protocol = {NULL, 0};

	if (ret != 0 && ((__typeof__(gnutls_error_is_fatal) *)late_find(&is_fatal, caller).real)(ret) == 1)
		tls_failed(call);
	else if (ret != 0)
		tls_leave(call);
	else if (tls_end(call) && ((__typeof__(gnutls_alpn_get_selected_protocol) *)late_find(&alpn, caller).real)(
					    session, &protocol) == 0)
		tls_alpn(call, protocol.data, protocol.size);
}
WITHIN(int, gnutls_handshake, "GNUTLS_3_4", ARGUMENTS(session), handshake_end(&call, session, n, caller),
       gnutls_session_t session)

/* Moves no plain text, but uses the socket. */
WITHIN(int, gnutls_record_uncork, "GNUTLS_3_4", ARGUMENTS(session, flags), tls_end(&call),
       gnutls_session_t session, unsigned flags)

static void bye_end(struct tls_call *call, int ret)
{
	if (tls_end(call) && ret == 0)
		tls_shut(call);
}
WITHIN(int, gnutls_bye, "GNUTLS_3_4", ARGUMENTS(session, how), bye_end(&call, n),
       gnutls_session_t session, int how)

/* ---- reading ---------------------------------------------------------------------------------------- */

/* 0 is the peer's close_notify (gnutls_record_recv(3)). */
static void received(struct tls_call *call, const void *data, ssize_t n, bool wanted)
{
	if (!tls_end(call))
		return;
	if (likely(n > 0))
		tls_in(call, data, (size_t)n);
	else if (n == 0 && wanted)
		tls_eof(call, true);
}

#define RECEIVES(name, version, arguments, ...)                                                   \
	WITHIN(ssize_t, name, version, ARGUMENTS(arguments), received(&call, data, n, size > 0), __VA_ARGS__)
RECEIVES(gnutls_record_recv, "GNUTLS_3_4", ARGUMENTS(session, data, size), gnutls_session_t session,
	 void *data, size_t size)
RECEIVES(gnutls_record_recv_seq, "GNUTLS_3_4", ARGUMENTS(session, data, size, seq), gnutls_session_t session,
	 void *data, size_t size, unsigned char *seq)
/* A server's, after the handshake and before the first record_recv. What a client sends early has no
 * connection yet, and may be refused and sent again: it is not seen. */
RECEIVES(gnutls_record_recv_early_data, "GNUTLS_3_6_5", ARGUMENTS(session, data, size),
	 gnutls_session_t session, void *data, size_t size)

GNUTLS(ssize_t, gnutls_record_recv_packet, "GNUTLS_3_4", ARGUMENTS(session, packet), gnutls_session_t session,
       gnutls_packet_t *packet)
{
	static const struct late packet_get = {"gnutls_packet_get", "GNUTLS_3_4"};
	gnutls_datum_t data = {NULL, 0};
	struct tls_call call;
	ssize_t n;

	RECORD tls_begin(&call, session);
	n = real(session, packet);
	RECORD {
		if (n > 0)
			((__typeof__(gnutls_packet_get) *)late_find(&packet_get, caller).real)(*packet, &data, NULL);
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

#define SENDS(name, version, arguments, ...)                                                      \
	WITHIN(ssize_t, name, version, ARGUMENTS(arguments), sent(&call, data, n), __VA_ARGS__)
SENDS(gnutls_record_send, "GNUTLS_3_4", ARGUMENTS(session, data, size), gnutls_session_t session,
      const void *data, size_t size)
SENDS(gnutls_record_send2, "GNUTLS_3_6_3", ARGUMENTS(session, data, size, pad, flags),
      gnutls_session_t session, const void *data, size_t size, size_t pad, unsigned flags)
SENDS(gnutls_record_send_range, "GNUTLS_3_4", ARGUMENTS(session, data, size, range), gnutls_session_t session,
      const void *data, size_t size, const void *range)

WITHIN(ssize_t, gnutls_record_send_file, "GNUTLS_3_7_4", ARGUMENTS(session, fd, offset, count),
       sent(&call, NULL, n), gnutls_session_t session, int fd, off_t *offset, size_t count)
