// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pki.h"

/* Clocks differ a little between hosts: certificates begin an hour ago. */
#define BACKDATE 3600

static int fail(struct err *err, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *why = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return err_set(err, "%s%s%s", what, why ? ": " : "", why ? why : "");
}

/* What was written to bio, as text; frees bio. */
static char *text_of(BIO *bio)
{
	char *data, *text = NULL;
	long n = bio ? BIO_get_mem_data(bio, &data) : 0;

	if (n > 0 && n < PKI_PEM_MAX)
		text = strndup(data, n);
	BIO_free(bio);
	return text;
}

static char *key_text(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
		BIO_free(bio);
		return NULL;
	}
	return text_of(bio);
}

static char *cert_text(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (!bio || PEM_write_bio_X509(bio, cert) != 1) {
		BIO_free(bio);
		return NULL;
	}
	return text_of(bio);
}

static BIO *bio_over(const char *pem)
{
	size_t n = strnlen(pem, PKI_PEM_MAX);

	return n < PKI_PEM_MAX ? BIO_new_mem_buf(pem, n) : NULL;
}

static EVP_PKEY *read_key(const char *pem)
{
	BIO *bio = bio_over(pem);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return key;
}

static X509 *read_cert(const char *pem)
{
	BIO *bio = bio_over(pem);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return cert;
}

char *pki_key(struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char *text = key ? key_text(key) : NULL;

	EVP_PKEY_free(key);
	if (!text)
		fail(err, "cannot make a private key");
	return text;
}

static int add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

/* Version, random serial number, names, dates and key; no extensions yet. */
static X509 *cert_begin(const char *name, X509_NAME *issuer, EVP_PKEY *key, int days)
{
	X509 *cert = X509_new();
	BIGNUM *serial = BN_new();
	int ok = cert && serial && BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		 BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) &&
		 X509_set_version(cert, X509_VERSION_3) &&
		 X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
					    (const unsigned char *)name, -1, -1, 0) &&
		 X509_set_issuer_name(cert, issuer ? issuer : X509_get_subject_name(cert)) &&
		 X509_gmtime_adj(X509_getm_notBefore(cert), -BACKDATE) &&
		 X509_time_adj_ex(X509_getm_notAfter(cert), days, 0, NULL) &&
		 X509_set_pubkey(cert, key);

	BN_free(serial);
	if (ok)
		return cert;
	X509_free(cert);
	return NULL;
}

char *pki_ca(const char *key_pem, const char *name, int days, struct err *err)
{
	EVP_PKEY *key = read_key(key_pem);
	X509 *cert = key ? cert_begin(name, NULL, key, days) : NULL;
	char *text = NULL;

	if (cert && add_ext(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	    add_ext(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    add_ext(cert, cert, NID_subject_key_identifier, "hash") &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		text = cert_text(cert);
	if (!text)
		fail(err, "cannot make the CA certificate");
	X509_free(cert);
	EVP_PKEY_free(key);
	return text;
}

char *pki_request(const char *key_pem, const char *uri, struct err *err)
{
	EVP_PKEY *key = read_key(key_pem);
	X509_REQ *req = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	if (key && req && bio && X509_REQ_set_version(req, X509_REQ_VERSION_1) &&
	    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN", MBSTRING_UTF8,
				       (const unsigned char *)uri, -1, -1, 0) &&
	    X509_REQ_set_pubkey(req, key) && X509_REQ_sign(req, key, EVP_sha256()) > 0 &&
	    PEM_write_bio_X509_REQ(bio, req) == 1) {
		text = text_of(bio);
		bio = NULL;
	}
	if (!text)
		fail(err, "cannot make a certificate request");
	BIO_free(bio);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
	return text;
}

/* The request's key, if the request is signed with it and asks for `uri`. */
static EVP_PKEY *request_key(const char *pem, const char *uri, struct err *err)
{
	BIO *bio = bio_over(pem);
	X509_REQ *req = bio ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = req ? X509_REQ_get_pubkey(req) : NULL;
	char cn[256] = "";
	int bits = 0;

	BIO_free(bio);
	if (!key) {
		fail(err, "not a certificate request");
		goto refuse;
	}
	X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(req), NID_commonName, cn, sizeof(cn));
	bits = EVP_PKEY_get_security_bits(key);
	if (strcmp(cn, uri) != 0)
		err_set(err, "the certificate request is for \"%.100s\", not for \"%s\"", cn, uri);
	else if (bits < 112)
		err_set(err, "the certificate request has a weak key (%d bits of security)", bits);
	else if (X509_REQ_verify(req, key) != 1)
		fail(err, "the certificate request is not signed with its own key");
	else
		goto out;
refuse:
	EVP_PKEY_free(key);
	key = NULL;
out:
	X509_REQ_free(req);
	return key;
}

static char *issue(const char *ca_key_pem, const char *ca_cert_pem, const char *request,
		   const char *uri, const char *names, int days, struct err *err)
{
	EVP_PKEY *ca_key = read_key(ca_key_pem), *key = NULL;
	X509 *ca = read_cert(ca_cert_pem), *cert = NULL;
	char san[2048], *text = NULL;

	if (!ca_key || !ca) {
		fail(err, "cannot use the CA's key and certificate");
		goto out;
	}
	key = request_key(request, uri, err);
	if (!key)
		goto out;
	snprintf(san, sizeof(san), "URI:%s%s%s", uri, names ? "," : "", names ? names : "");
	cert = strchr(uri, ',') ? NULL : cert_begin(uri, X509_get_subject_name(ca), key, days);
	if (cert && add_ext(cert, ca, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_ext(cert, ca, NID_key_usage, "critical,digitalSignature") &&
	    add_ext(cert, ca, NID_ext_key_usage, names ? "serverAuth" : "serverAuth,clientAuth") &&
	    add_ext(cert, ca, NID_subject_key_identifier, "hash") &&
	    add_ext(cert, ca, NID_authority_key_identifier, "keyid:always") &&
	    add_ext(cert, ca, NID_subject_alt_name, san) &&
	    X509_sign(cert, ca_key, EVP_sha256()) > 0)
		text = cert_text(cert);
	if (!text)
		fail(err, "cannot issue the certificate");
out:
	X509_free(cert);
	EVP_PKEY_free(key);
	X509_free(ca);
	EVP_PKEY_free(ca_key);
	return text;
}

char *pki_issue(const char *ca_key, const char *ca_cert, const char *request, const char *uri,
		int days, struct err *err)
{
	return issue(ca_key, ca_cert, request, uri, NULL, days, err);
}

char *pki_issue_server(const char *ca_key, const char *ca_cert, const char *request,
		       const char *uri, const char *names, int days, struct err *err)
{
	return issue(ca_key, ca_cert, request, uri, names, days, err);
}

int pki_fingerprint(const char *pem, struct hash *out, struct err *err)
{
	X509 *cert = read_cert(pem);
	int ok = cert && X509_digest(cert, EVP_sha256(), out->b, NULL) == 1;

	X509_free(cert);
	return ok ? 0 : fail(err, "not a certificate");
}

int pki_expiry(const char *pem, time_t *out, struct err *err)
{
	X509 *cert = read_cert(pem);
	struct tm tm;
	int ok = cert && ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1;

	X509_free(cert);
	if (!ok)
		return fail(err, "not a certificate");
	*out = timegm(&tm);
	return 0;
}
