/* SPDX-License-Identifier: Apache-2.0 */
/* sign - Ed25519 (RFC 8032) with a domain string, so that a signature serves one purpose only */
#ifndef WD_SIGN_H
#define WD_SIGN_H

#include <stddef.h>
#include <stdint.h>
#include "log.h"

#define SIGN_SIG_LEN 64
#define SIGN_KEY_LEN 32

struct sign_public {
	uint8_t b[SIGN_KEY_LEN];
};
struct sign_secret {
	uint8_t b[SIGN_KEY_LEN]; /* seed; wipe with sign_wipe() */
};

int sign_keypair(struct sign_secret *secret, struct sign_public *pub, struct err *err);
int sign_public_of(const struct sign_secret *secret, struct sign_public *pub, struct err *err);
int sign_make(const struct sign_secret *secret, const char *domain, const void *p, size_t n,
	      uint8_t sig[SIGN_SIG_LEN], struct err *err);
/* 0 only if the signature is right. */
int sign_check(const struct sign_public *pub, const char *domain, const void *p, size_t n,
	       const uint8_t sig[SIGN_SIG_LEN], struct err *err);
void sign_wipe(struct sign_secret *secret);

#endif
