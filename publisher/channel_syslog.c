// SPDX-License-Identifier: Apache-2.0
/* Syslog: RFC 5424 by UDP (RFC 5426), TCP (RFC 6587, counted) or TLS (RFC 5425). */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "notifier.h"
#include "tls.h"

/* host is an address by now. */
static bool send_datagram(struct order *o)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_DGRAM},
			*ai = NULL;
	bool good = false;
	int fd = -1;

	if (!getaddrinfo(o->host, o->port, &hints, &ai))
		fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		good = sendto(fd, o->body, o->len, 0, ai->ai_addr, ai->ai_addrlen) ==
		       (ssize_t)o->len;
	if (!good)
		snprintf(o->problem, sizeof(o->problem), "%.100s:%s: %s", o->host, o->port,
			 strerror(errno));
	if (fd >= 0)
		close(fd);
	if (ai)
		freeaddrinfo(ai);
	return good;
}

/* A line is far smaller than a socket's buffer: it goes in one piece or not at all. */
static bool send_counted(struct order *o)
{
	size_t sent = 0;
	CURLcode code = curl_easy_send(o->easy, o->body, o->len, &sent);

	if (!code && sent == o->len)
		return true;
	snprintf(o->problem, sizeof(o->problem), "%.100s:%s: %s", o->host, o->port,
		 code ? curl_easy_strerror(code) : "took only a part of the line");
	return false;
}

int syslog_prepare(struct order *o, struct err *err)
{
	const char *transport = order_text(o->conf, "transport");
	bool udp = !strcmp(transport, "udp"), tls = !strcmp(transport, "tls");
	char name[256] = "-", url[400], *line;

	if (addr_split(order_text(o->conf, "target"), o->host, o->port, err))
		return -1;
	gethostname(name, sizeof(name) - 1);
	line = text_syslog(o->message, name, o->n);
	if (line && udp) {
		o->body = line;
		o->len = strlen(line);
	} else if (line) {
		int n = asprintf(&o->body, "%zu %s", strlen(line), line);

		free(line);
		if (n < 0)
			o->body = NULL;
		else
			o->len = n;
	}
	if (!o->body)
		return err_set(err, "out of memory");
	o->datagram = udp;
	o->connected = udp ? send_datagram : send_counted;
	if (udp)
		return 0;
	snprintf(url, sizeof(url), strchr(o->host, ':') ? "%s://[%s]:%s" : "%s://%s:%s",
		 tls ? "https" : "http", o->host, o->port);
	curl_easy_setopt(o->easy, CURLOPT_URL, url);
	curl_easy_setopt(o->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(o->easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	/* What is to be forgotten at the end would be gone before the line is sent. */
	curl_easy_setopt(o->easy, CURLOPT_FORBID_REUSE, 0L);
	curl_easy_setopt(o->easy, CURLOPT_CONNECT_ONLY, 1L);
	return 0;
}
