/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL 1.1 and 3: the plain text of a session, handed to the framing as the program hands it over
 * or gets it. The library's headers need not be there: of its types only addresses are used.
 *
 * Each wrapper is the real call between tls_begin() and tls_end(). What returned less than it was
 * asked for, or nothing yet, moved what it says; nothing is kept until the next call.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/plain.h"
#include "hooks/late.h"
#include "sockets/tls.h"

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct bio_st BIO;

SSL *SSL_new(SSL_CTX *context);
SSL *SSL_dup(SSL *ssl);
void SSL_free(SSL *ssl);
int SSL_connect(SSL *ssl);
int SSL_accept(SSL *ssl);
int SSL_do_handshake(SSL *ssl);
int SSL_read(SSL *ssl, void *buffer, int size);
int SSL_read_ex(SSL *ssl, void *buffer, size_t size, size_t *done);
int SSL_read_early_data(SSL *ssl, void *buffer, size_t size, size_t *done);
int SSL_peek(SSL *ssl, void *buffer, int size);
int SSL_peek_ex(SSL *ssl, void *buffer, size_t size, size_t *done);
int SSL_write(SSL *ssl, const void *buffer, int size);
int SSL_write_ex(SSL *ssl, const void *buffer, size_t size, size_t *done);
int SSL_write_early_data(SSL *ssl, const void *buffer, size_t size, size_t *done);
ssize_t SSL_sendfile(SSL *ssl, int fd, off_t offset, size_t size, int flags);
int SSL_shutdown(SSL *ssl);
int BIO_write(BIO *bio, const void *bytes, int size);
int BIO_write_ex(BIO *bio, const void *bytes, size_t size, size_t *done);
int BIO_new_bio_pair(BIO **bio, size_t room, BIO **other, size_t other_room);

/* Asked, not wrapped. All only look. */
BIO *SSL_get_rbio(const SSL *ssl);
int SSL_get_fd(const SSL *ssl);
int SSL_get_shutdown(const SSL *ssl);
int SSL_get_error(const SSL *ssl, int ret);
int SSL_is_server(const SSL *ssl);
const char *SSL_get_servername(const SSL *ssl, int type);
void SSL_get0_alpn_selected(const SSL *ssl, const unsigned char **name, unsigned *size);

#define RECEIVED_SHUTDOWN 2 /* SSL_get_shutdown(3) */
#define ERROR_SSL 1         /* SSL_get_error(3): the library gave it up; a socket's own error is another */
#define ERROR_ZERO_RETURN 6 /* SSL_get_error(3): the peer said close_notify */

/* A version of the library, as a caller sees it. */
struct library {
	struct late get_rbio, get_fd, get_shutdown, get_error, is_server, get_servername, get0_alpn_selected;
};

#define LIBRARY(version)                                                                          \
	{{"SSL_get_rbio", version}, {"SSL_get_fd", version}, {"SSL_get_shutdown", version},        \
	 {"SSL_get_error", version}, {"SSL_is_server", version}, {"SSL_get_servername", version}, \
	 {"SSL_get0_alpn_selected", version}}
static const struct library library_3 = LIBRARY("OPENSSL_3.0.0"),
			    library_1 = LIBRARY("OPENSSL_1_1_0");

#define ASK(name, ...) (((__typeof__(SSL_##name) *)late_find(&library->name, caller).real)(__VA_ARGS__))

/* A wrapper for each of the two libraries, followed by the body that they share. It knows `real`,
 * `library` and `caller`. `since` is the version in which 1.1 has the name. */
#define OPENSSL(type, name, since, arguments, ...)                                                \
	INLINE type body_##name(                                                                  \
		__typeof__(name) *real, const struct library *library, const void *caller, __VA_ARGS__); \
	LATE(type, name, 3, "OPENSSL_3.0.0", (__VA_ARGS__), (arguments),                          \
	     body_##name(real, &library_3, caller, arguments))                                    \
	LATE(type, name, 1, since, (__VA_ARGS__), (arguments),                                    \
	     body_##name(real, &library_1, caller, arguments))                                    \
	INLINE type body_##name(                                                                  \
		__typeof__(name) *real, const struct library *library, const void *caller, __VA_ARGS__)

#define WITHIN(type, name, since, arguments, end, ...)                                            \
	OPENSSL(type, name, since, ARGUMENTS(arguments), __VA_ARGS__)                             \
	TLS_BODY(type, ssl, ARGUMENTS(arguments), end)

/* ---- the end of a call -------------------------------------------------------------------------- */

static bool ask(struct tls_call *call, SSL *ssl, const struct library *library, const void *caller)
{
	return tls_end_at(call, ASK(get_rbio, ssl), ASK(get_fd, ssl));
}

/* True when the call's connection is known and follows this session. */
static inline bool end(struct tls_call *call, SSL *ssl, const struct library *library,
		       const void *caller)
{
	return likely(tls_end(call)) || (!call->conn && ask(call, ssl, library, caller));
}

/* The peer has ended the stream, by close_notify or by a fatal alert, and the program is told. */
static void look_for_end(struct tls_call *call, SSL *ssl, int ret, const struct library *library,
			 const void *caller)
{
	if (ASK(get_shutdown, ssl) & RECEIVED_SHUTDOWN)
		tls_eof(call, ASK(get_error, ssl, ret) == ERROR_ZERO_RETURN);
}

static inline void read_end(struct tls_call *call, SSL *ssl, const void *buffer, size_t n, int ret,
			    const struct library *library, const void *caller)
{
	if (!end(call, ssl, library, caller))
		return;
	if (likely(n > 0))
		tls_in(call, buffer, n);
	else
		look_for_end(call, ssl, ret, library, caller);
}

static inline void write_end(struct tls_call *call, SSL *ssl, const void *buffer, size_t n,
			     const struct library *library, const void *caller)
{
	if (!n)
		tls_leave(call); /* perhaps a handshake that is not through */
	else if (end(call, ssl, library, caller))
		tls_out(call, buffer, n);
}

/* ---- sessions ------------------------------------------------------------------------------------- */

/* An address that is handed out again is another session's. */
OPENSSL(SSL *, SSL_new, "OPENSSL_1_1_0", ARGUMENTS(context), SSL_CTX *context)
{
	SSL *ssl = real(context);

	RECORD tls_forget(ssl);
	return ssl;
}

OPENSSL(SSL *, SSL_dup, "OPENSSL_1_1_0", ARGUMENTS(ssl), SSL *ssl)
{
	SSL *copy = real(ssl);

	RECORD if (copy != ssl) tls_forget(copy);
	return copy;
}

OPENSSL(void, SSL_free, "OPENSSL_1_1_0", ARGUMENTS(ssl), SSL *ssl)
{
	RECORD tls_forget(ssl);
	real(ssl);
}

/* What the handshake agreed upon: the server's name, where the ClientHello could not be read, and the
 * protocol. */
static void agreed(struct tls_call *call, SSL *ssl, const struct library *library, const void *caller)
{
	const char *host = call->conn->host ? NULL : ASK(get_servername, ssl, 0 /* host_name */);
	const unsigned char *protocol = NULL;
	unsigned size = 0;

	if (host)
		tls_host(call, host);
	ASK(get0_alpn_selected, ssl, &protocol, &size);
	if (protocol)
		tls_alpn(call, protocol, size);
}

static void not_through(struct tls_call *call, SSL *ssl, int ret, const struct library *library,
			const void *caller)
{
	if (ASK(get_error, ssl, ret) == ERROR_SSL)
		tls_failed(call);
	else
		tls_leave(call);
}

static void handshake_end(struct tls_call *call, SSL *ssl, int ret, const struct library *library,
			  const void *caller)
{
	if (ret != 1)
		not_through(call, ssl, ret, library, caller);
	else if (end(call, ssl, library, caller))
		agreed(call, ssl, library, caller);
}

#define HANDSHAKE(name)                                                                           \
	WITHIN(int, name, "OPENSSL_1_1_0", ARGUMENTS(ssl), handshake_end(&call, ssl, n, library, caller), SSL *ssl)
HANDSHAKE(SSL_connect)
HANDSHAKE(SSL_accept)
HANDSHAKE(SSL_do_handshake)

static inline void shut_end(struct tls_call *call, int ret)
{
	if (tls_end(call) && ret >= 0)
		tls_shut(call);
}
WITHIN(int, SSL_shutdown, "OPENSSL_1_1_0", ARGUMENTS(ssl), shut_end(&call, n), SSL *ssl)

/* ---- reading and writing ---------------------------------------------------------------------------- */

WITHIN(int, SSL_read, "OPENSSL_1_1_0", ARGUMENTS(ssl, buffer, size),
       read_end(&call, ssl, buffer, n > 0 ? (size_t)n : 0, n, library, caller),
       SSL *ssl, void *buffer, int size)
WITHIN(int, SSL_read_ex, "OPENSSL_1_1_1", ARGUMENTS(ssl, buffer, size, done),
       read_end(&call, ssl, buffer, n > 0 ? *done : 0, n, library, caller),
       SSL *ssl, void *buffer, size_t size, size_t *done)

WITHIN(int, SSL_write, "OPENSSL_1_1_0", ARGUMENTS(ssl, buffer, size),
       write_end(&call, ssl, buffer, n > 0 ? (size_t)n : 0, library, caller),
       SSL *ssl, const void *buffer, int size)
WITHIN(int, SSL_write_ex, "OPENSSL_1_1_1", ARGUMENTS(ssl, buffer, size, done),
       write_end(&call, ssl, buffer, n > 0 ? *done : 0, library, caller),
       SSL *ssl, const void *buffer, size_t size, size_t *done)

/* A look takes nothing, but it may be the first call on the session, and it may tell of the end. */
static inline void peek_end(struct tls_call *call, SSL *ssl, int ret, const struct library *library,
			    const void *caller)
{
	if (end(call, ssl, library, caller) && ret <= 0)
		look_for_end(call, ssl, ret, library, caller);
}
WITHIN(int, SSL_peek, "OPENSSL_1_1_0", ARGUMENTS(ssl, buffer, size),
       peek_end(&call, ssl, n, library, caller), SSL *ssl, void *buffer, int size)
WITHIN(int, SSL_peek_ex, "OPENSSL_1_1_1", ARGUMENTS(ssl, buffer, size, done),
       peek_end(&call, ssl, n, library, caller), SSL *ssl, void *buffer, size_t size, size_t *done)

/* Only with the kernel's TLS: the bytes are in a file. */
static ssize_t send_file(__typeof__(SSL_sendfile) *real, const struct library *library, const void *caller,
			 SSL *ssl, int fd, off_t offset, size_t size, int flags)
	TLS_BODY(ssize_t, ssl, ARGUMENTS(ssl, fd, offset, size, flags),
		 write_end(&call, ssl, NULL, n > 0 ? (size_t)n : 0, library, caller))
LATE(ssize_t, SSL_sendfile, 3, "OPENSSL_3.0.0", (SSL *ssl, int fd, off_t offset, size_t size, int flags),
     (ssl, fd, offset, size, flags), send_file(real, &library_3, caller, ssl, fd, offset, size, flags))

/* ---- early data ---------------------------------------------------------------------------------------- */

/* 0 SSL_READ_EARLY_DATA_ERROR, 1 _SUCCESS, 2 _FINISH; the length is set for the last two. */
static inline void early_read_end(struct tls_call *call, SSL *ssl, const void *buffer, const size_t *done,
				  int ret, const struct library *library, const void *caller)
{
	if (end(call, ssl, library, caller) && ret > 0 && *done)
		tls_in(call, buffer, *done);
}
WITHIN(int, SSL_read_early_data, "OPENSSL_1_1_1", ARGUMENTS(ssl, buffer, size, done),
       early_read_end(&call, ssl, buffer, done, n, library, caller),
       SSL *ssl, void *buffer, size_t size, size_t *done)

/* What a client sends early the server may refuse, and the client sends it again. */
static inline void early_write_end(struct tls_call *call, SSL *ssl, const void *buffer, const size_t *done,
				   int ret, const struct library *library, const void *caller)
{
	if (!end(call, ssl, library, caller) || ret <= 0)
		return;
	if (ASK(is_server, ssl))
		tls_out(call, buffer, *done);
	else
		tls_void(call);
}
WITHIN(int, SSL_write_early_data, "OPENSSL_1_1_1", ARGUMENTS(ssl, buffer, size, done),
       early_write_end(&call, ssl, buffer, done, n, library, caller),
       SSL *ssl, const void *buffer, size_t size, size_t *done)

/* ---- BIOs that no socket is in ------------------------------------------------------------------------- */

/* asyncio, Twisted and Boost.Asio read the socket themselves and put what they got into a BIO. */
OPENSSL(int, BIO_write, "OPENSSL_1_1_0", ARGUMENTS(bio, bytes, size), BIO *bio, const void *bytes, int size)
{
	int n;

	(void)library, (void)caller;
	if (likely(!tls_may_put_in()))
		return real(bio, bytes, size);
	n = real(bio, bytes, size);
	if (n > 0)
		RECORD tls_put_in(bio, bytes, (size_t)n);
	return n;
}

OPENSSL(int, BIO_write_ex, "OPENSSL_1_1_1", ARGUMENTS(bio, bytes, size, done), BIO *bio, const void *bytes,
	size_t size, size_t *done)
{
	int ret;

	(void)library, (void)caller;
	if (likely(!tls_may_put_in()))
		return real(bio, bytes, size, done);
	ret = real(bio, bytes, size, done);
	if (ret > 0)
		RECORD tls_put_in(bio, bytes, size);
	return ret;
}

OPENSSL(int, BIO_new_bio_pair, "OPENSSL_1_1_0", ARGUMENTS(bio, room, other, other_room), BIO **bio,
	size_t room, BIO **other, size_t other_room)
{
	int ret = real(bio, room, other, other_room);

	(void)library, (void)caller;
	if (ret > 0)
		RECORD tls_paired(*bio, *other);
	return ret;
}
