/* SPDX-License-Identifier: Apache-2.0 */
/* sealkey - the RSA key that unseals hosts (keys/seal.key); kernels can check RSA, not Ed25519 */
#ifndef WD_PUBLISHER_SEALKEY_H
#define WD_PUBLISHER_SEALKEY_H

#include <openssl/evp.h>

#include "log.h"
#include "seal.h"

#define SEALKEY_BITS 3072

/* Loads it, or makes it where there is none: older states have none. EVP_PKEY_free() it. */
EVP_PKEY *sealkey_open(const char *state, struct err *err);
/* Its public half, not yet signed with the release key. */
int sealkey_public(EVP_PKEY *key, struct seal_key *out, struct err *err);
/* RSASSA-PKCS1-v1_5 with SHA-256 over the statement. */
int sealkey_sign(EVP_PKEY *key, const struct seal_statement *s, uint8_t sig[SEAL_SIG_MAX],
		 size_t *n, struct err *err);

#endif
