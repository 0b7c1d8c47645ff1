// SPDX-License-Identifier: Apache-2.0
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "fsx.h"
#include "sign.h"

/* domain, NUL, message: owned by the caller. */
static uint8_t *framed(const char *domain, const void *p, size_t n, size_t *total)
{
	size_t head = strlen(domain) + 1;
	uint8_t *all = malloc(head + n);

	if (!all)
		return NULL;
	memcpy(all, domain, head);
	memcpy(all + head, p, n);
	*total = head + n;
	return all;
}

int sign_public_of(const struct sign_secret *secret, struct sign_public *pub, struct err *err)
{
	EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret->b, SIGN_KEY_LEN);
	size_t n = SIGN_KEY_LEN;
	int ok = key && EVP_PKEY_get_raw_public_key(key, pub->b, &n) == 1;

	EVP_PKEY_free(key);
	return ok ? 0 : err_set(err, "cannot use the Ed25519 key");
}

int sign_keypair(struct sign_secret *secret, struct sign_public *pub, struct err *err)
{
	if (fsx_random(secret->b, SIGN_KEY_LEN) < 0)
		return err_sys(err, "no random bytes");
	return sign_public_of(secret, pub, err);
}

int sign_make(const struct sign_secret *secret, const char *domain, const void *p, size_t n,
	      uint8_t sig[SIGN_SIG_LEN], struct err *err)
{
	EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret->b, SIGN_KEY_LEN);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t total, sig_len = SIGN_SIG_LEN;
	uint8_t *all = framed(domain, p, n, &total);
	int ok = key && ctx && all && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		 EVP_DigestSign(ctx, sig, &sig_len, all, total) == 1;

	free(all);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok ? 0 : err_set(err, "signing failed");
}

int sign_check(const struct sign_public *pub, const char *domain, const void *p, size_t n,
	       const uint8_t sig[SIGN_SIG_LEN], struct err *err)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub->b, SIGN_KEY_LEN);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t total;
	uint8_t *all = framed(domain, p, n, &total);
	int ok = key && ctx && all && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
		 EVP_DigestVerify(ctx, sig, SIGN_SIG_LEN, all, total) == 1;

	free(all);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok ? 0 : err_set(err, "the signature does not fit");
}

void sign_wipe(struct sign_secret *secret)
{
	OPENSSL_cleanse(secret->b, SIGN_KEY_LEN);
}
