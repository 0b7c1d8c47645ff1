// SPDX-License-Identifier: Apache-2.0
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fsx.h"
#include "layout.h"
#include "sealkey.h"

static int save(EVP_PKEY *key, const char *path, struct err *err)
{
	BIO *mem = BIO_new(BIO_s_mem());
	char *text;
	long n;
	int rc;

	if (!mem || !PEM_write_bio_PrivateKey(mem, key, NULL, NULL, 0, NULL, NULL)) {
		BIO_free(mem);
		return err_set(err, "cannot write down the seal key");
	}
	n = BIO_get_mem_data(mem, &text);
	rc = fsx_replace(path, text, n, 0600, err);
	OPENSSL_cleanse(text, n);
	BIO_free(mem);
	return rc;
}

static EVP_PKEY *make(const char *path, struct err *err)
{
	EVP_PKEY *key = EVP_RSA_gen(SEALKEY_BITS);

	if (!key) {
		err_set(err, "cannot make a seal key");
	} else if (save(key, path, err)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static EVP_PKEY *load(const char *state, const char *path, struct err *err)
{
	char *text = layout_slurp(state, LAYOUT_SEAL_KEY, err);
	EVP_PKEY *key = NULL;
	BIO *mem;

	if (!text)
		return NULL;
	mem = BIO_new_mem_buf(text, -1);
	if (mem)
		key = PEM_read_bio_PrivateKey(mem, NULL, NULL, NULL);
	BIO_free(mem);
	explicit_bzero(text, strlen(text));
	free(text);
	if (key && EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) >= 2048 &&
	    EVP_PKEY_bits(key) <= 4096)
		return key;
	EVP_PKEY_free(key);
	err_set(err,
		"%s: not an RSA key of 2048 to 4096 bits; put the backup of this file in its place",
		path);
	return NULL;
}

EVP_PKEY *sealkey_open(const char *state, struct err *err)
{
	char path[LAYOUT_PATH_MAX];

	layout_path(path, state, LAYOUT_SEAL_KEY);
	return access(path, F_OK) ? make(path, err) : load(state, path, err);
}

int sealkey_public(EVP_PKEY *key, struct seal_key *out, struct err *err)
{
	uint8_t *p = out->der;
	int n = i2d_PublicKey(key, NULL); /* of an RSA key: RSAPublicKey */

	if (n <= 0 || n > SEAL_DER_MAX || i2d_PublicKey(key, &p) != n)
		return err_set(err, "cannot encode the seal key");
	out->n = n;
	return 0;
}

int sealkey_sign(EVP_PKEY *key, const struct seal_statement *s, uint8_t sig[SEAL_SIG_MAX],
		 size_t *n, struct err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf b;
	int ok;

	buf_init(&b, 1024);
	seal_statement_put(&b, s);
	*n = SEAL_SIG_MAX;
	ok = ctx && buf_ok(&b) && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestSign(ctx, sig, n, b.data, b.len) == 1;
	buf_free(&b);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : err_set(err, "signing failed");
}
