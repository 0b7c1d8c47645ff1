/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pki - the publisher's own small certificate authority (X.509 v3, RFC 5280; ECDSA P-256)
 *
 * Everything is PEM text owned by the caller (free()).
 */
#ifndef WD_PKI_H
#define WD_PKI_H

#include <stddef.h>
#include <time.h>
#include "hash.h"
#include "log.h"

#define PKI_PEM_MAX 16384

char *pki_key(struct err *err);						    /* new private key */
char *pki_ca(const char *key, const char *name, int days, struct err *err); /* self-signed CA */
char *pki_request(const char *key, const char *uri, struct err *err);	    /* PKCS#10 */
/*
 * A certificate for `uri`. The request proves possession of its key; the name in it must
 * be `uri`: a host can ask only for itself. Serves both TLS client and server.
 */
char *pki_issue(const char *ca_key, const char *ca_cert, const char *request, const char *uri,
		int days, struct err *err);
/*
 * The same for a web server: also known by `names`, "DNS:a.example,IP:10.0.0.5" (checked by the
 * caller), and good for nothing but serving.
 */
char *pki_issue_server(const char *ca_key, const char *ca_cert, const char *request,
		       const char *uri, const char *names, int days, struct err *err);
int pki_fingerprint(const char *cert, struct hash *out, struct err *err); /* SHA-256 of the DER */
int pki_expiry(const char *cert, time_t *out, struct err *err);

#endif
