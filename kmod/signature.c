// SPDX-License-Identifier: GPL-2.0-only
/* signature.c - RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017), by the kernel's crypto */
#include <crypto/internal/rsa.h>
#include <crypto/public_key.h>
#include <linux/err.h>
#include <linux/oid_registry.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "signature.h"

#define BITS_MIN 2048
#define BITS_MAX 4096

void wd_digest(const void *p, size_t n, u8 out[WD_DIGEST_LEN])
{
	sha256(p, n, out);
}

/* The crypto code maps what it is given, so none of it may lie on the stack. */
static int check(const u8 *der, size_t der_len, u8 *sig, size_t sig_len, u8 *digest)
{
	struct public_key key = {
		.key = (void *)der,
		.keylen = der_len,
		.algo = OID_rsaEncryption,
		.id_type = "X509",
		.pkey_algo = "rsa",
	};
	struct public_key_signature signature = {
		.s = sig,
		.s_size = sig_len,
		.WD_SIG_DIGEST = digest,
		.WD_SIG_DIGEST_SIZE = WD_DIGEST_LEN,
		.pkey_algo = "rsa",
		.hash_algo = "sha256",
		.encoding = "pkcs1",
	};

	return public_key_verify_signature(&key, &signature);
}

int wd_signature_check(const u8 *der, size_t der_len, const u8 *sig, size_t sig_len,
		       const void *message, size_t len)
{
	u8 *copy = kmemdup(sig, sig_len, GFP_KERNEL);
	u8 *digest = kmalloc(WD_DIGEST_LEN, GFP_KERNEL);
	int err = -ENOMEM;

	if (copy && digest) {
		wd_digest(message, len, digest);
		err = check(der, der_len, copy, sig_len, digest);
	}
	kfree(digest);
	kfree(copy);
	return err;
}

static unsigned int bits_of(const struct rsa_key *rsa)
{
	size_t n = rsa->n_sz;
	const u8 *at = rsa->n;

	for (; n && !*at; n--)
		at++;
	return n * 8;
}

/* A signature of zeros tells whether the kernel gets as far as looking at it. */
int wd_signature_try_key(const u8 *der, size_t len)
{
	struct rsa_key rsa = {0};
	unsigned int bits;
	u8 *zeros;
	int err;

	if (rsa_parse_pub_key(&rsa, der, len))
		return -EINVAL;
	bits = bits_of(&rsa);
	if (bits < BITS_MIN || bits > BITS_MAX)
		return -EKEYREJECTED;
	zeros = kzalloc(bits / 8, GFP_KERNEL);
	if (!zeros)
		return -ENOMEM;
	err = wd_signature_check(der, len, zeros, bits / 8, "", 0);
	kfree(zeros);
	switch (err) {
	case -ENOMEM:
		return err;
	case -ENOENT:
	case -ENOPKG:
	case -ENODEV:
	case -ENOSYS:
	case 0: /* it would take anything */
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}
