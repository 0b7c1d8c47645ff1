/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls - the line between publisher and agent: TLS 1.3 (RFC 8446), both ends proven
 *
 * All certificates come from the publisher's own CA. Who the peer is stands in a URI of
 * its subjectAltName: "webdefender:publisher" or "webdefender:host:NAME". Either side
 * may have opened the TCP connection; that side is the TLS client.
 */
#ifndef WD_TLS_H
#define WD_TLS_H

#include <event2/bufferevent_ssl.h>
#include <openssl/ssl.h>
#include "hash.h"
#include "log.h"

#define TLS_PEER_MAX 128
#define TLS_URI_PUBLISHER "webdefender:publisher"
#define TLS_URI_CONSOLE "webdefender:console"
#define TLS_URI_HOST "webdefender:host:" /* and the host's name */

/* Files are PEM; read now, so that chroot and dropping rights may follow. */
SSL_CTX *tls_context(const char *ca_file, const char *cert_file, const char *key_file,
		     struct err *err);
/* A bufferevent over fd; the handshake runs in the loop. Takes fd. */
struct bufferevent *tls_accept(struct event_base *base, SSL_CTX *ctx, int fd);
struct bufferevent *tls_connect(struct event_base *base, SSL_CTX *ctx, int fd);
/* After BEV_EVENT_CONNECTED: the peer's "webdefender:" URI, and the SHA-256 of its certificate. */
int tls_peer(struct bufferevent *bev, char uri[TLS_PEER_MAX], struct hash *cert, struct err *err);
/* One sentence on why the handshake or the connection failed. */
void tls_reason(struct bufferevent *bev, short what, char *to, size_t cap);

/* "HOST:PORT", "[V6]:PORT"; -1: not of that form. */
int addr_split(const char *text, char host[256], char port[8], struct err *err);

#endif
