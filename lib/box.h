/* SPDX-License-Identifier: Apache-2.0 */
/*
 * box - a short secret for one reader: anybody may seal, only the key's owner can open
 *
 * X25519 with a key made for this one message, HKDF-SHA-256, ChaCha20-Poly1305 (the shape
 * of RFC 9180). Domain and name are bound in: what was sealed for one purpose or host does
 * not open for another.
 *
 *   sealed: 32 bytes public key of the message, ciphertext, 16 bytes tag
 */
#ifndef WD_BOX_H
#define WD_BOX_H

#include "sign.h"

#define BOX_KEY_LEN 32
#define BOX_OVERHEAD (32 + 16)

struct box_public {
	uint8_t b[BOX_KEY_LEN];
};
struct box_secret {
	uint8_t b[BOX_KEY_LEN]; /* wipe with box_wipe() */
};

/* The box that belongs to a signing key: no second file to keep and to lose. */
int box_derive(const struct sign_secret *from, struct box_secret *secret, struct err *err);
int box_public_of(const struct box_secret *secret, struct box_public *pub, struct err *err);
/* out has room for n + BOX_OVERHEAD. */
int box_seal(const struct box_public *to, const char *domain, const char *name, const void *p,
	     size_t n, uint8_t *out, struct err *err);
/* n >= BOX_OVERHEAD; out has room for n - BOX_OVERHEAD, and is only written if all is right. */
int box_open(const struct box_secret *secret, const char *domain, const char *name,
	     const uint8_t *sealed, size_t n, uint8_t *out, struct err *err);
void box_wipe(struct box_secret *secret);

#endif
