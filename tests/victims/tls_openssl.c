/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTPS client of OpenSSL's calls:  tls_openssl WIRING CALLS PORT CA PATH REQUESTS READ
 *
 * WIRING: how the session gets at the socket: fd, bio (a socket BIO), mem (two memory BIOs that the
 * program fills and empties), pair (a BIO pair). CALLS: plain or ex. Sends REQUESTS requests, one after
 * the other, and reads READ bytes of all that comes; keeps everything, prints how much it read.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int sock, ex;
static SSL *ssl;
static BIO *in, *out; /* what the program fills and empties; NULL: the session does it */

static void wire(const char *how)
{
	if (!strcmp(how, "fd")) {
		SSL_set_fd(ssl, sock);
	} else if (!strcmp(how, "bio")) {
		BIO *bio = BIO_new_socket(sock, BIO_NOCLOSE);

		SSL_set_bio(ssl, bio, bio);
	} else if (!strcmp(how, "mem")) {
		in = BIO_new(BIO_s_mem());
		out = BIO_new(BIO_s_mem());
		SSL_set_bio(ssl, in, out);
	} else {
		BIO *inner;

		BIO_new_bio_pair(&inner, 0, &in, 0);
		out = in;
		SSL_set_bio(ssl, inner, inner);
	}
}

/* After a call that returned `ret`: carries its bytes; true when it is to be repeated. */
static int again(int ret)
{
	char buffer[16384];
	int n, want = SSL_get_error(ssl, ret) == SSL_ERROR_WANT_READ;

	while (out && BIO_pending(out) && (n = BIO_read(out, buffer, sizeof buffer)) > 0)
		if (write(sock, buffer, (size_t)n) != n)
			exit(3);
	if (!want || ret > 0)
		return 0;
	n = (int)read(sock, buffer, 4096);
	return n > 0 && BIO_write(in, buffer, n) == n;
}

static void send_all(const char *text)
{
	size_t done;
	int ret;

	do
		ret = ex ? SSL_write_ex(ssl, text, strlen(text), &done) : SSL_write(ssl, text, (int)strlen(text));
	while (again(ret));
	if (ret <= 0)
		exit(4);
}

/* How many bytes came; 0 at the end. A look before each read takes nothing. */
static int receive(char *buffer, int size)
{
	size_t n = 0;
	int ret;

	do
		ret = ex ? SSL_peek_ex(ssl, buffer, 1, &n) : SSL_peek(ssl, buffer, 1);
	while (again(ret));
	do
		ret = ex ? SSL_read_ex(ssl, buffer, (size_t)size, &n) : SSL_read(ssl, buffer, size);
	while (again(ret));
	return ret <= 0 ? 0 : ex ? (int)n : ret;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	char text[1000];
	int ret, got = 0, n, want;

	if (argc < 8 || !SSL_CTX_load_verify_locations(context, argv[4], NULL))
		return 2;
	to.sin_port = htons((uint16_t)atoi(argv[3]));
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&to, sizeof to) < 0)
		return 2;
	ex = !strcmp(argv[2], "ex");
	ssl = SSL_new(context);
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	SSL_set_tlsext_host_name(ssl, "localhost");
	wire(argv[1]);
	do
		ret = SSL_connect(ssl);
	while (again(ret));
	if (ret != 1)
		return 5;
	snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[5]);
	for (int i = 0; i < atoi(argv[6]); i++)
		send_all(text);
	for (want = atoi(argv[7]); got < want; got += n) {
		char buffer[999];

		n = receive(buffer, want - got < (int)sizeof buffer ? want - got : (int)sizeof buffer);
		if (n <= 0)
			break;
	}
	printf("%d\n", got);
	fflush(stdout);
	_exit(0);
}
