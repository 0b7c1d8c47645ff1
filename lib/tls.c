// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tls.h"

#define PREFIX "webdefender:"

static int ssl_err(struct err *err, const char *what, const char *file)
{
	unsigned long code = ERR_get_error();
	const char *why = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return err_set(err, "%s %s: %s", what, file, why ? why : strerror(errno));
}

SSL_CTX *tls_context(const char *ca_file, const char *cert_file, const char *key_file,
		     struct err *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	if (!ctx) {
		ssl_err(err, "cannot set up", "TLS");
		return NULL;
	}
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
				      "TLS_CHACHA20_POLY1305_SHA256");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	/* Every connection proves both ends anew: nothing is resumed. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* Frames say how long they are, so an end without close_notify cuts nothing unseen. */
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (SSL_CTX_load_verify_locations(ctx, ca_file, NULL) != 1)
		ssl_err(err, "cannot use the CA certificate", ca_file);
	else if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		ssl_err(err, "cannot use the certificate", cert_file);
	else if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1 ||
		 SSL_CTX_check_private_key(ctx) != 1)
		ssl_err(err, "cannot use the private key", key_file);
	else
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

/* A peer whose machine has vanished is noticed within a minute, whatever the protocol does. */
static void tune(int fd)
{
	const struct {
		int level, option, value;
	} opts[] = {
		{IPPROTO_TCP, TCP_NODELAY, 1},	 {SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, 20}, {IPPROTO_TCP, TCP_KEEPINTVL, 10},
		{IPPROTO_TCP, TCP_KEEPCNT, 3},	 {IPPROTO_TCP, TCP_USER_TIMEOUT, 45000},
	};

	for (size_t i = 0; i < sizeof(opts) / sizeof(*opts); i++)
		setsockopt(fd, opts[i].level, opts[i].option, &opts[i].value, sizeof(int));
}

static struct bufferevent *start(struct event_base *base, SSL_CTX *ctx, int fd,
				 enum bufferevent_ssl_state state)
{
	struct bufferevent *bev = NULL;
	SSL *ssl = SSL_new(ctx);

	tune(fd);
	evutil_make_socket_nonblocking(fd);
	if (ssl)
		bev = bufferevent_openssl_socket_new(
			base, fd, ssl, state, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!bev) {
		SSL_free(ssl);
		close(fd);
		return NULL;
	}
	/* The protocol says BYE; a connection that merely ends is an end too. */
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

struct bufferevent *tls_accept(struct event_base *base, SSL_CTX *ctx, int fd)
{
	return start(base, ctx, fd, BUFFEREVENT_SSL_ACCEPTING);
}

struct bufferevent *tls_connect(struct event_base *base, SSL_CTX *ctx, int fd)
{
	return start(base, ctx, fd, BUFFEREVENT_SSL_CONNECTING);
}

/* The one "webdefender:" URI of a certificate. */
static int cert_uri(X509 *cert, char uri[TLS_PEER_MAX], struct err *err)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int found = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const char *text;
		int n;

		if (name->type != GEN_URI)
			continue;
		text = (const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
		n = ASN1_STRING_length(name->d.uniformResourceIdentifier);
		if (n >= TLS_PEER_MAX || n < (int)strlen(PREFIX) || memchr(text, 0, n) ||
		    memcmp(text, PREFIX, strlen(PREFIX)) != 0)
			continue;
		memcpy(uri, text, n);
		uri[n] = 0;
		found++;
	}
	GENERAL_NAMES_free(names);
	return found == 1 ? 0 : err_set(err, "the peer's certificate does not say who it is");
}

int tls_peer(struct bufferevent *bev, char uri[TLS_PEER_MAX], struct hash *fingerprint,
	     struct err *err)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	X509 *cert = ssl ? SSL_get1_peer_certificate(ssl) : NULL;
	int r;

	if (!cert || SSL_get_verify_result(ssl) != X509_V_OK)
		r = err_set(err, "the peer showed no certificate of ours");
	else if (X509_digest(cert, EVP_sha256(), fingerprint->b, NULL) != 1)
		r = err_set(err, "cannot read the peer's certificate");
	else
		r = cert_uri(cert, uri, err);
	X509_free(cert);
	return r;
}

void tls_reason(struct bufferevent *bev, short what, char *to, size_t cap)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long code = 0, next;
	long verify = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;

	/* The first error is the cause, later ones its echoes. */
	while (ssl && (next = bufferevent_get_openssl_error(bev)) != 0)
		code = code ? code : next;
	if (verify != X509_V_OK)
		snprintf(to, cap, "the peer's certificate was refused: %s",
			 X509_verify_cert_error_string(verify));
	else if (code && ERR_reason_error_string(code))
		snprintf(to, cap, "TLS: %s", ERR_reason_error_string(code));
	else if (what & BEV_EVENT_EOF)
		snprintf(to, cap, "the peer closed the connection");
	else if (what & BEV_EVENT_TIMEOUT)
		snprintf(to, cap, "timed out");
	else
		snprintf(to, cap, "%s", errno ? strerror(errno) : "the connection broke");
}

int addr_split(const char *text, char host[256], char port[8], struct err *err)
{
	const char *colon = strrchr(text, ':'), *from = text, *to = colon;
	char *end;
	long number;

	if (!colon || colon == text)
		goto bad;
	if (*text == '[') {
		if (colon[-1] != ']')
			goto bad;
		from++;
		to--;
	} else if (memchr(text, ':', colon - text)) {
		goto bad;
	}
	number = strtol(colon + 1, &end, 10);
	if (to == from || to - from > 255 || *end || end == colon + 1 || number < 1 ||
	    number > 65535)
		goto bad;
	memcpy(host, from, to - from);
	host[to - from] = 0;
	snprintf(port, 8, "%ld", number);
	return 0;
bad:
	return err_set(err, "\"%s\" is not an address: write HOST:PORT, or [V6ADDRESS]:PORT", text);
}
