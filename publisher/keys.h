/* SPDX-License-Identifier: Apache-2.0 */
/* keys - the role that signs: no network, no files, two kinds of request (roles.h) */
#ifndef WD_PUBLISHER_KEYS_H
#define WD_PUBLISHER_KEYS_H

#include <openssl/evp.h>

#include "buf.h"
#include "release.h"
#include "sign.h"

struct keys {
	struct sign_secret release;
	EVP_PKEY *seal;
	char *ca_key, *ca_crt;
	struct keys_signed {
		char site[RELEASE_SITE_MAX];
		uint64_t serial;
	} * signed_last; /* highest serial signed for each site in this run */
	size_t n;
};

int keys_load(struct keys *k, const char *state, struct err *err);
void keys_free(struct keys *k); /* wipes */
/*
 * Answers one request: the type of the answer, its payload in out. 0: the request is none
 * that the engine could have made; end the process.
 */
uint16_t keys_answer(struct keys *k, uint16_t type, const void *p, size_t n, struct buf *out);

uint16_t keys_refused(struct buf *out, uint32_t request, const struct err *err); /* an answer */

/* The whole role; returns the exit status. */
int keys_main(const char *state);

#endif
