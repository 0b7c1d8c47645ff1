// SPDX-License-Identifier: Apache-2.0
#include "box.h"
#include "fsx.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

#define TAG 16
#define NONCE 12
#define INFO_MAX 256
#define PLAIN_MAX 4096
#define DERIVE_INFO "webdefender-box-of-signing-key-v1"

static int hkdf(const void *key, size_t key_len, const void *salt, size_t salt_len,
		const void *info, size_t info_len, uint8_t *out, size_t n)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, sizeof(digest) - 1),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_len),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_len),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_len),
		OSSL_PARAM_END,
	};
	int ok = ctx && EVP_KDF_derive(ctx, out, n, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok ? 0 : -1;
}

int box_derive(const struct sign_secret *from, struct box_secret *secret, struct err *err)
{
	if (hkdf(from->b, sizeof(from->b), "", 0, DERIVE_INFO, sizeof(DERIVE_INFO) - 1, secret->b,
		 sizeof(secret->b)))
		return err_set(err, "HKDF failed");
	return 0;
}

int box_public_of(const struct box_secret *secret, struct box_public *pub, struct err *err)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret->b, BOX_KEY_LEN);
	size_t n = BOX_KEY_LEN;
	int ok = key && EVP_PKEY_get_raw_public_key(key, pub->b, &n) == 1;

	EVP_PKEY_free(key);
	return ok ? 0 : err_set(err, "cannot use the X25519 key");
}

/* OpenSSL refuses the all-zero result that points of small order give. */
static int agree(const struct box_secret *mine, const uint8_t *theirs, uint8_t shared[BOX_KEY_LEN])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, mine->b, BOX_KEY_LEN);
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, theirs, BOX_KEY_LEN);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	size_t n = BOX_KEY_LEN;
	int ok = ctx && peer && EVP_PKEY_derive_init(ctx) == 1 &&
		 EVP_PKEY_derive_set_peer(ctx, peer) == 1 && EVP_PKEY_derive(ctx, shared, &n) == 1;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(key);
	return ok ? 0 : -1;
}

struct once { /* key and nonce of one message */
	uint8_t key[32], nonce[NONCE];
};

static int make_once(const uint8_t shared[BOX_KEY_LEN], const uint8_t *message_key,
		     const struct box_public *to, const char *domain, const char *name,
		     struct once *out)
{
	uint8_t salt[2 * BOX_KEY_LEN];
	char info[INFO_MAX];
	int n = snprintf(info, sizeof(info), "%s%c%s", domain, 0, name);

	if (n >= INFO_MAX)
		return -1;
	memcpy(salt, message_key, BOX_KEY_LEN);
	memcpy(salt + BOX_KEY_LEN, to->b, BOX_KEY_LEN);
	return hkdf(shared, BOX_KEY_LEN, salt, sizeof(salt), info, n, (uint8_t *)out, sizeof(*out));
}

static int encrypt(const struct once *o, const void *p, size_t n, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len, ok = ctx &&
		      EVP_EncryptInit_ex(ctx, EVP_chacha20_poly1305(), NULL, o->key, o->nonce);

	ok = ok && EVP_EncryptUpdate(ctx, out, &len, p, n) && EVP_EncryptFinal_ex(ctx, out, &len) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, out + n);
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -1;
}

static int decrypt(const struct once *o, const uint8_t *p, size_t n, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t plain[PLAIN_MAX];
	int len, ok = ctx &&
		      EVP_DecryptInit_ex(ctx, EVP_chacha20_poly1305(), NULL, o->key, o->nonce);

	ok = ok && EVP_DecryptUpdate(ctx, plain, &len, p, n) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, (void *)(p + n)) &&
	     EVP_DecryptFinal_ex(ctx, plain, &len);
	EVP_CIPHER_CTX_free(ctx);
	if (ok)
		memcpy(out, plain, n);
	OPENSSL_cleanse(plain, sizeof(plain));
	return ok ? 0 : -1;
}

int box_seal(const struct box_public *to, const char *domain, const char *name, const void *p,
	     size_t n, uint8_t *out, struct err *err)
{
	struct box_secret mine;
	struct box_public mine_public;
	uint8_t shared[BOX_KEY_LEN];
	struct once once;
	int bad;

	if (n > PLAIN_MAX)
		return err_set(err, "%zu bytes are too many to seal", n);
	if (fsx_random(mine.b, sizeof(mine.b)) < 0)
		return err_sys(err, "no random bytes");
	bad = box_public_of(&mine, &mine_public, err) || agree(&mine, to->b, shared) ||
	      make_once(shared, mine_public.b, to, domain, name, &once) ||
	      encrypt(&once, p, n, out + BOX_KEY_LEN);
	memcpy(out, mine_public.b, BOX_KEY_LEN);
	OPENSSL_cleanse(&once, sizeof(once));
	OPENSSL_cleanse(shared, sizeof(shared));
	box_wipe(&mine);
	return bad ? err_set(err, "sealing failed: is that a public key?") : 0;
}

int box_open(const struct box_secret *secret, const char *domain, const char *name,
	     const uint8_t *sealed, size_t n, uint8_t *out, struct err *err)
{
	struct box_public mine;
	uint8_t shared[BOX_KEY_LEN];
	struct once once;
	int bad;

	if (n < BOX_OVERHEAD || n - BOX_OVERHEAD > PLAIN_MAX)
		return err_set(err, "%zu bytes cannot be something sealed", n);
	bad = box_public_of(secret, &mine, err) || agree(secret, sealed, shared) ||
	      make_once(shared, sealed, &mine, domain, name, &once) ||
	      decrypt(&once, sealed + BOX_KEY_LEN, n - BOX_OVERHEAD, out);
	OPENSSL_cleanse(&once, sizeof(once));
	OPENSSL_cleanse(shared, sizeof(shared));
	return bad ? err_set(err, "this was not sealed for this key, purpose and name") : 0;
}

void box_wipe(struct box_secret *secret)
{
	OPENSSL_cleanse(secret->b, BOX_KEY_LEN);
}
