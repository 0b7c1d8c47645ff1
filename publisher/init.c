// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "fsx.h"
#include "init.h"
#include "layout.h"
#include "pki.h"
#include "sealkey.h"
#include "sign.h"
#include "tls.h"

/* The CA and our own certificate last as long as an installation may; hosts' are short. */
#define DAYS 7300

struct material {
	char *ca_key, *ca_crt, *link_key, *link_crt;
	char seed[HASH_HEX + 1], pub[HASH_HEX + 1]; /* hex and a newline */
};

static void material_free(struct material *m)
{
	char *secrets[] = {m->ca_key, m->link_key, m->seed};

	for (size_t i = 0; i < 3; i++)
		if (secrets[i])
			explicit_bzero(secrets[i], strlen(secrets[i]));
	free(m->ca_key);
	free(m->ca_crt);
	free(m->link_key);
	free(m->link_crt);
}

static void hex_line(const uint8_t key[SIGN_KEY_LEN], char to[HASH_HEX + 1])
{
	struct hash h;

	memcpy(h.b, key, HASH_LEN);
	hash_hex(&h, to);
	to[HASH_HEX - 1] = '\n';
	to[HASH_HEX] = 0;
	explicit_bzero(&h, sizeof(h));
}

static int make_signing_key(struct material *m, struct err *err)
{
	struct sign_secret secret;
	struct sign_public pub;

	if (sign_keypair(&secret, &pub, err))
		return -1;
	hex_line(secret.b, m->seed);
	hex_line(pub.b, m->pub);
	sign_wipe(&secret);
	return 0;
}

static int make_material(struct material *m, const char *name, struct err *err)
{
	char *csr;

	m->ca_key = pki_key(err);
	m->link_key = pki_key(err);
	if (!m->ca_key || !m->link_key || make_signing_key(m, err))
		return -1;
	m->ca_crt = pki_ca(m->ca_key, name, DAYS, err);
	csr = m->ca_crt ? pki_request(m->link_key, TLS_URI_PUBLISHER, err) : NULL;
	if (!csr)
		return -1;
	m->link_crt = pki_issue(m->ca_key, m->ca_crt, csr, TLS_URI_PUBLISHER, DAYS, err);
	free(csr);
	return m->link_crt ? 0 : -1;
}

static int check_unused(const char *state, struct err *err)
{
	static const char *const files[] = {LAYOUT_DB, LAYOUT_CA_KEY, LAYOUT_RELEASE_KEY,
					    LAYOUT_LINK_KEY};
	char path[LAYOUT_PATH_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!access(layout_path(path, state, files[i]), F_OK))
			return err_set(err,
				       "%s exists: this is a publisher already, and its keys"
				       " are not overwritten; choose another --state, or"
				       " remove %s if you are certain that no host needs it",
				       path, state);
	return 0;
}

static int make_dirs(const char *state, struct err *err)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {
		{"ca", 0700},		{"keys", 0700}, {"link", 0700}, {LAYOUT_EVIDENCE, 0700},
		{LAYOUT_OBJECTS, 0755}, /* the link role, without rights, reads these */
	};
	char path[LAYOUT_PATH_MAX];

	if (fsx_mkdirs(state, 0700, err))
		return -1;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (fsx_mkdirs(layout_path(path, state, dirs[i].name), dirs[i].mode, err))
			return -1;
	return 0;
}

static int write_files(const char *state, const struct material *m, struct err *err)
{
	const struct {
		const char *name, *text;
		mode_t mode;
	} files[] = {
		{LAYOUT_CA_KEY, m->ca_key, 0600},     {LAYOUT_CA_CRT, m->ca_crt, 0644},
		{LAYOUT_RELEASE_KEY, m->seed, 0600},  {LAYOUT_RELEASE_PUB, m->pub, 0644},
		{LAYOUT_LINK_KEY, m->link_key, 0600}, {LAYOUT_LINK_CRT, m->link_crt, 0644},
		{LAYOUT_LINK_CA, m->ca_crt, 0644},
	};
	char path[LAYOUT_PATH_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (fsx_replace(layout_path(path, state, files[i].name), files[i].text,
				strlen(files[i].text), files[i].mode, err))
			return -1;
	return 0;
}

static int make_seal_key(const char *state, struct err *err)
{
	EVP_PKEY *key = sealkey_open(state, err);

	EVP_PKEY_free(key);
	return key ? 0 : -1;
}

/* Last: the daemon takes a state without a database for none. */
static int make_db(const char *state, const char *name, const char *address, struct err *err)
{
	char path[LAYOUT_PATH_MAX];
	struct db *db = db_open(NULL, layout_path(path, state, LAYOUT_DB), err);
	int result = -1;

	if (!db)
		return -1;
	if (!db_meta_set(db, "name", name, err) && !db_meta_set(db, "address", address, err))
		result = db_flush(db, err);
	db_close(db);
	return result;
}

int init_state(const char *state, const char *name, const char *address, struct err *err)
{
	struct material m = {0};
	char host[256], port[8];
	int result = -1;

	if (*address && addr_split(address, host, port, err))
		return -1;
	if (check_unused(state, err))
		return -1;
	if (!make_material(&m, name, err) && !make_dirs(state, err) &&
	    !write_files(state, &m, err) && !make_seal_key(state, err) &&
	    !make_db(state, name, address, err))
		result = 0;
	material_free(&m);
	return result;
}
