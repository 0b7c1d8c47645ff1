// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "hash.h"

/* Fetched once: looking the algorithm up costs more than hashing a small file. */
static const EVP_MD *sha256(void)
{
	static EVP_MD *md;

	if (!md)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!md)
		abort();
	return md;
}

struct hasher {
	EVP_MD_CTX *ctx;
};

struct hasher *hasher_new(void)
{
	struct hasher *s = malloc(sizeof(*s));

	if (!s || !(s->ctx = EVP_MD_CTX_new()) || EVP_DigestInit_ex2(s->ctx, sha256(), NULL) != 1)
		abort(); /* out of memory in a daemon that can be started again */
	return s;
}

void hasher_add(struct hasher *s, const void *p, size_t n)
{
	if (EVP_DigestUpdate(s->ctx, p, n) != 1)
		abort();
}

struct hash hasher_end(struct hasher *s)
{
	struct hash h;

	if (EVP_DigestFinal_ex(s->ctx, h.b, NULL) != 1)
		abort();
	hasher_free(s);
	return h;
}

void hasher_free(struct hasher *s)
{
	if (!s)
		return;
	EVP_MD_CTX_free(s->ctx);
	free(s);
}

struct hash hash_of(const void *p, size_t n)
{
	struct hash h;

	if (EVP_Digest(p, n, h.b, NULL, sha256(), NULL) != 1)
		abort();
	return h;
}

int hash_fd(int fd, struct hash *out, uint64_t *size)
{
	static uint8_t block[256 << 10];
	struct hasher *s = hasher_new();
	uint64_t at = 0;

	for (;;) {
		ssize_t n = pread(fd, block, sizeof(block), (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			hasher_free(s);
			return -1;
		}
		if (n == 0)
			break;
		hasher_add(s, block, n);
		at += n;
	}
	*out = hasher_end(s);
	if (size)
		*size = at;
	return 0;
}

bool hash_eq(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_LEN) == 0;
}

bool hash_is_zero(const struct hash *h)
{
	static const struct hash zero;

	return hash_eq(h, &zero);
}

const char *hash_hex(const struct hash *h, char out[HASH_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < HASH_LEN; i++) {
		out[2 * i] = digits[h->b[i] >> 4];
		out[2 * i + 1] = digits[h->b[i] & 15];
	}
	out[HASH_HEX - 1] = 0;
	return out;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int hash_parse(const char *hex, struct hash *out)
{
	if (strnlen(hex, HASH_HEX) != HASH_HEX - 1)
		return -1;
	for (int i = 0; i < HASH_LEN; i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out->b[i] = high << 4 | low;
	}
	return 0;
}
