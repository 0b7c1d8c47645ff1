/* SPDX-License-Identifier: Apache-2.0 */
/* hash - SHA-256 (FIPS 180-4), the name of every object */
#ifndef WD_HASH_H
#define WD_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_LEN 32
#define HASH_HEX 65 /* with its NUL */

struct hash {
	uint8_t b[HASH_LEN];
};

struct hash hash_of(const void *p, size_t n);
/* All bytes of fd from its start, by pread; -1 and errno. *size gets their number. */
int hash_fd(int fd, struct hash *out, uint64_t *size);
bool hash_eq(const struct hash *a, const struct hash *b);
bool hash_is_zero(const struct hash *h);
const char *hash_hex(const struct hash *h, char out[HASH_HEX]); /* out */
int hash_parse(const char *hex, struct hash *out); /* -1: not 64 lower-case hex digits */

/* In steps. */
struct hasher;
struct hasher *hasher_new(void);
void hasher_add(struct hasher *s, const void *p, size_t n);
struct hash hasher_end(struct hasher *s); /* frees s */
void hasher_free(struct hasher *s);	  /* NULL is fine */

#endif
