/* SPDX-License-Identifier: GPL-2.0-only */
/* signature.h - RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017), by the kernel's crypto; may sleep */
#ifndef WD_SIGNATURE_H
#define WD_SIGNATURE_H

#include <linux/types.h>

#define WD_DIGEST_LEN 32

/*
 * der: an RSAPublicKey (RFC 8017 A.1.1). -EINVAL: it is none; -EKEYREJECTED: not 2048 to
 * 4096 bits; -EOPNOTSUPP: this kernel cannot check signatures of it.
 */
int wd_signature_try_key(const u8 *der, size_t len);

/* 0 only if it fits. */
int wd_signature_check(const u8 *der, size_t der_len, const u8 *sig, size_t sig_len,
		       const void *message, size_t len);

void wd_digest(const void *p, size_t n, u8 out[WD_DIGEST_LEN]);

#endif /* WD_SIGNATURE_H */
