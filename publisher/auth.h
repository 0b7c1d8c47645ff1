/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth - the role that looks at passwords and one-time codes
 *
 * Argon2id takes a quarter of a second and 64 MiB on purpose. It happens here, in a process
 * without network or files, so that neither the engine's loop nor the console ever waits for
 * it. It keeps nothing: what is compared comes with each request (roles.h).
 */
#ifndef WD_PUBLISHER_AUTH_H
#define WD_PUBLISHER_AUTH_H

#include <stddef.h>
#include <stdint.h>
#include "buf.h"

#define AUTH_PASSWORD_MAX 257 /* with its NUL */
#define AUTH_PHC_MAX 128
#define AUTH_SECRET_LEN 20 /* of TOTP: RFC 4226 recommends 160 bits */
#define AUTH_STEP_S 30
#define AUTH_DIGITS 6

int auth_main(const char *state);

/* Answers one message into out, and returns the type of the answer; 0: malformed. For tests. */
uint16_t auth_answer(uint16_t type, const void *p, size_t n, struct buf *out);
/* The step of a code that is right now, up to one step early or late, and after `last`; -1. */
int64_t auth_totp(const uint8_t *secret, size_t n, const char *code, int64_t last, int64_t now);

#endif
