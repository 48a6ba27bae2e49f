/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTPS client of GnuTLS's calls:  tls_gnutls CALLS PORT CA PATH REQUESTS READ
 *
 * CALLS: plain, cork (the requests leave together), packet (recv_packet, send2, send_range), or again
 * (a socket that does not block; a send that has to wait is repeated without its data). Sends REQUESTS
 * requests and reads READ bytes of all that comes; keeps everything, prints how much it read.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static gnutls_session_t session;
static int sock;
static const char *calls;

static int again(ssize_t ret)
{
	struct pollfd p = {sock, gnutls_record_get_direction(session) ? POLLOUT : POLLIN, 0};

	return (ret == GNUTLS_E_AGAIN || ret == GNUTLS_E_INTERRUPTED) && poll(&p, 1, -1) == 1;
}

static void send_all(const char *text, int n)
{
	size_t size = strlen(text);
	gnutls_range_st range = {size, size};
	ssize_t ret;

	if (!strcmp(calls, "packet"))
		ret = n % 2 ? gnutls_record_send2(session, text, size, 0, 0) :
			      gnutls_record_send_range(session, text, size, &range);
	else
		ret = gnutls_record_send(session, text, size);
	while (again(ret))
		ret = gnutls_record_send(session, NULL, 0);
	if (ret != (ssize_t)size)
		exit(4);
}

static ssize_t receive(char *buffer, size_t size)
{
	gnutls_packet_t packet;
	gnutls_datum_t data;
	ssize_t n;

	if (strcmp(calls, "packet")) {
		do
			n = gnutls_record_recv(session, buffer, size);
		while (again(n));
		return n;
	}
	do
		n = gnutls_record_recv_packet(session, &packet);
	while (again(n));
	if (n <= 0)
		return n;
	gnutls_packet_get(packet, &data, NULL);
	memcpy(buffer, data.data, data.size < size ? data.size : size);
	gnutls_packet_deinit(packet);
	return n;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	gnutls_certificate_credentials_t trust;
	static char text[100000], buffer[20000];
	ssize_t n, got = 0;
	int ret;

	if (argc < 7)
		return 2;
	calls = argv[1];
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&to, sizeof to) < 0)
		return 2;
	gnutls_certificate_allocate_credentials(&trust);
	gnutls_certificate_set_x509_trust_file(trust, argv[3], GNUTLS_X509_FMT_PEM);
	gnutls_init(&session, GNUTLS_CLIENT);
	gnutls_set_default_priority(session);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, trust);
	gnutls_server_name_set(session, GNUTLS_NAME_DNS, "localhost", 9);
	gnutls_session_set_verify_cert(session, "localhost", 0);
	gnutls_transport_set_int(session, sock);
	if (!strcmp(calls, "again"))
		fcntl(sock, F_SETFL, O_NONBLOCK);
	do
		ret = gnutls_handshake(session);
	while (again(ret));
	if (ret < 0)
		return 5;
	snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[4]);
	if (!strcmp(calls, "cork"))
		gnutls_record_cork(session);
	for (int i = 0; i < atoi(argv[5]); i++)
		send_all(text, i);
	if (!strcmp(calls, "cork") && gnutls_record_uncork(session, GNUTLS_RECORD_WAIT) < 0)
		return 6;
	while (got < atoi(argv[6]) && (n = receive(buffer, sizeof buffer)) > 0)
		got += n;
	printf("%zd\n", got);
	fflush(stdout);
	_exit(0);
}
