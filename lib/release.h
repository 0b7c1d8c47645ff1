/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release - what a site must look like, signed
 *
 * Encoding: "WDR1"  str site  u64 serial  32 bytes root tree  u64 size of the encoded
 * root tree  u16 mode and i64 mtime of the root directory  u64 files  u64 bytes
 * i64 issued  i64 expires (seconds since 1970)  str note; where there are filters, their
 * number as u16 (1 or more) and each as str follow.
 * Signature: Ed25519 (RFC 8032) over "webdefender release v1" NUL and the encoding.
 */
#ifndef WD_RELEASE_H
#define WD_RELEASE_H

#include "buf.h"
#include "filter.h"
#include "hash.h"
#include "log.h"
#include "sign.h"

#define RELEASE_SITE_MAX 64 /* with NUL; letters, digits, '-', '_', '.', not first '.' */
#define RELEASE_NOTE_MAX 256
#define RELEASE_BYTES_MAX 5120
#define RELEASE_DOMAIN "webdefender release v1"

struct release {
	char site[RELEASE_SITE_MAX];
	uint64_t serial; /* 1.. ; only a higher one than ever seen is accepted */
	struct hash root;
	uint64_t root_size;
	uint16_t root_mode;
	int64_t root_mtime;
	uint64_t files, bytes; /* of the whole site, for people and progress */
	int64_t issued, expires;
	char note[RELEASE_NOTE_MAX];
	struct filters filters; /* what may change on the hosts: neither denied nor restored */
};

/* A release as it travels and is kept: encoding and signature together. */
struct signed_release {
	uint8_t bytes[RELEASE_BYTES_MAX];
	size_t len;
	uint8_t sig[SIGN_SIG_LEN];
};

bool release_site_ok(const char *site);
int release_encode(const struct release *r, struct buf *out, struct err *err);
int release_decode(const void *p, size_t n, struct release *out, struct err *err);
/* Signature, then form. Serial and time are the caller's to judge: they need state. */
int release_open(const struct signed_release *s, const struct sign_public *key, struct release *out,
		 struct err *err);
/* u32 length, encoding, 64 bytes signature: the form on the wire and on disk. */
void signed_release_put(struct buf *b, const struct signed_release *s);
void signed_release_get(struct rd *r, struct signed_release *s);

#endif
