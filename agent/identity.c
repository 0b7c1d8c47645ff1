// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "fsx.h"
#include "hash.h"
#include "identity.h"
#include "pki.h"
#include "tls.h"

#define OWN "agent.pem"
#define OWN_NEW "agent.pem.new"
#define BUNDLE "bundle.pem"

static const char *trust(const struct identity *i, char to[STATE_PATH_MAX], const char *name)
{
	return state_path(to, i->state, "trust/%s", name);
}

static bool have(const struct identity *i, const char *name)
{
	char path[STATE_PATH_MAX];

	return !access(trust(i, path, name), F_OK);
}

/* One line without its end. */
static int read_word(const struct identity *i, const char *name, char *to, size_t cap,
		     struct err *err)
{
	char path[STATE_PATH_MAX], *p;
	size_t n;

	p = fsx_slurp(trust(i, path, name), cap, &n, err);
	if (!p)
		return -1;
	p[strcspn(p, "\n")] = '\0';
	n = strlen(p);
	if (n && n < cap)
		memcpy(to, p, n + 1);
	free(p);
	return n && n < cap ? 0 : err_set(err, "%s is damaged: enrol this host again", path);
}

int identity_open(struct identity *i, const char *state, struct err *err)
{
	char hex[HASH_HEX + 1];
	struct hash key;

	memset(i, 0, sizeof(*i));
	snprintf(i->state, sizeof(i->state), "%s", state);
	i->own = have(i, OWN);
	i->spare = have(i, BUNDLE);
	if (!i->own && !i->spare) {
		err_set(err,
			"this host is not enrolled: get a bundle from the publisher (wdpub host add) and "
			"run: wdctl enrol FILE");
		errno = ENOENT;
		return -1;
	}
	if (read_word(i, "host", i->host, sizeof(i->host), err) ||
	    read_word(i, "release.pub", hex, sizeof(hex), err))
		return -1;
	if (hash_parse(hex, &key)) /* 32 bytes in hex, as a hash is */
		return err_set(err, "%s/trust/release.pub is damaged: enrol this host again",
			       state);
	memcpy(i->release_key.b, key.b, sizeof(i->release_key.b));
	return 0;
}

static void forget_key(struct identity *i)
{
	if (i->key)
		OPENSSL_cleanse(i->key, strlen(i->key));
	free(i->key);
	i->key = NULL;
}

void identity_close(struct identity *i)
{
	forget_key(i);
}

const char *identity_file(const struct identity *i, char to[STATE_PATH_MAX])
{
	return trust(i, to, i->own ? OWN : BUNDLE);
}

const char *identity_ca(const struct identity *i, char to[STATE_PATH_MAX])
{
	return trust(i, to, "ca.crt");
}

/* Two thirds of the lifetime, counted from when the file was written. */
bool identity_due(const struct identity *i)
{
	char path[STATE_PATH_MAX], *pem;
	struct stat st;
	time_t end;
	size_t n;
	bool due;

	if (!i->own)
		return true;
	if (stat(trust(i, path, OWN), &st))
		return true;
	pem = fsx_slurp(path, 2 * PKI_PEM_MAX, &n, NULL);
	if (!pem)
		return true;
	due = pki_expiry(pem, &end, NULL) || time(NULL) > st.st_mtime + (end - st.st_mtime) / 3 * 2;
	OPENSSL_cleanse(pem, n);
	free(pem);
	return due;
}

char *identity_request(struct identity *i, struct err *err)
{
	char uri[TLS_PEER_MAX];

	forget_key(i);
	i->key = pki_key(err);
	if (!i->key)
		return NULL;
	snprintf(uri, sizeof(uri), TLS_URI_HOST "%s", i->host);
	return pki_request(i->key, uri, err);
}

/* OpenSSL judges whether they belong together and are the CA's, as it will when connecting. */
static int try_out(const struct identity *i, const char *file, struct err *err)
{
	char ca[STATE_PATH_MAX];
	SSL_CTX *ctx = tls_context(identity_ca(i, ca), file, file, err);

	SSL_CTX_free(ctx);
	return ctx ? 0 : -1;
}

int identity_accept(struct identity *i, const char *cert, struct err *err)
{
	char fresh[STATE_PATH_MAX], own[STATE_PATH_MAX], *both;
	int n, rc;

	if (!i->key)
		return err_set(err, "the publisher sent a certificate nobody asked for");
	n = asprintf(&both, "%s%s%s", cert, cert[0] && cert[strlen(cert) - 1] == '\n' ? "" : "\n",
		     i->key);
	if (n < 0)
		return err_set(err, "out of memory");
	rc = fsx_replace(trust(i, fresh, OWN_NEW), both, n, 0600, err);
	OPENSSL_cleanse(both, n);
	free(both);
	if (!rc)
		rc = try_out(i, fresh, err);
	if (!rc && rename(fresh, trust(i, own, OWN)))
		rc = err_sys(err, "cannot rename %s", fresh);
	if (rc) {
		unlink(fresh);
		return -1;
	}
	forget_key(i);
	i->own = true;
	return 0;
}

void identity_confirmed(struct identity *i)
{
	char path[STATE_PATH_MAX];

	if (!i->own || !i->spare)
		return;
	if (!unlink(trust(i, path, BUNDLE)))
		log_info("enrolled: the bundle's key is deleted");
	i->spare = false;
}
