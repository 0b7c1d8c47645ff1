// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "enrol.h"
#include "fsx.h"
#include "hash.h"
#include "pki.h"
#include "state.h"
#include "sysdir.h"
#include "tls.h"

/* A string of at most cap - 1 bytes without NULs inside; NULL: not there, or not so. */
static const char *text_of(const json_t *j, const char *key, size_t cap)
{
	const json_t *v = json_object_get(j, key);
	const char *s = json_string_value(v);

	return s && json_string_length(v) == strlen(s) && strlen(s) < cap ? s : NULL;
}

/* One block and nothing that could be read as another: it is written to files as it is. */
static bool pem_shaped(const char *s, const char *kind)
{
	char begin[64];
	const char *first;

	snprintf(begin, sizeof(begin), "-----BEGIN %s", kind);
	first = strstr(s, "-----BEGIN ");
	return first == s && !strncmp(s, begin, strlen(begin)) && !strstr(s + 11, "-----BEGIN ");
}

static int take_pems(const json_t *j, struct enrolment *e, struct err *err)
{
	const char *ca = text_of(j, "ca", PKI_PEM_MAX), *cert = text_of(j, "cert", PKI_PEM_MAX),
		   *key = text_of(j, "key", PKI_PEM_MAX);
	time_t end;

	if (!ca || !cert || !key || !pem_shaped(ca, "CERTIFICATE") ||
	    !pem_shaped(cert, "CERTIFICATE") ||
	    !(pem_shaped(key, "PRIVATE KEY") || pem_shaped(key, "EC PRIVATE KEY")))
		return err_set(err, "ca, cert and key must be one PEM block each");
	if (pki_expiry(ca, &end, err) || pki_expiry(cert, &end, err))
		return -1;
	e->ca = strdup(ca);
	e->cert = strdup(cert);
	e->key = strdup(key);
	return e->ca && e->cert && e->key ? 0 : err_set(err, "out of memory");
}

static bool host_shaped(const char *s)
{
	return s && *s && *s != '.' && *s != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		       strlen(s);
}

static int take_words(const json_t *j, struct enrolment *e, struct err *err)
{
	const char *host = text_of(j, "host", sizeof(e->host)),
		   *release = text_of(j, "release_key", sizeof(e->release_key)),
		   *publisher = text_of(j, "publisher", sizeof(e->publisher));
	char h[256], p[8];
	struct hash any;

	if (!host_shaped(host))
		return err_set(err, "host is no name of letters, digits, '-', '_', '.'");
	if (!release || hash_parse(release, &any))
		return err_set(err, "release_key is not 64 hex digits");
	if (!publisher || (*publisher && addr_split(publisher, h, p, err)))
		return err_set(err, "publisher is neither HOST:PORT nor empty");
	snprintf(e->host, sizeof(e->host), "%s", host);
	snprintf(e->release_key, sizeof(e->release_key), "%s", release);
	snprintf(e->publisher, sizeof(e->publisher), "%s", publisher);
	return 0;
}

static int take_sites(const json_t *j, struct enrolment *e, struct err *err)
{
	const json_t *list = json_object_get(j, "sites");
	const char *name;

	if (!json_is_array(list) || json_array_size(list) > PROTO_SITES_MAX)
		return err_set(err, "sites is not a list of at most %d names", PROTO_SITES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		name = json_string_value(json_array_get(list, i));
		if (!name || !release_site_ok(name))
			return err_set(err, "a name in sites is no site's name");
		snprintf(e->sites[e->n_sites++], RELEASE_SITE_MAX, "%s", name);
	}
	return 0;
}

static int take(const json_t *j, struct enrolment *e, struct err *err)
{
	const json_t *expires = json_object_get(j, "expires");

	if (json_integer_value(json_object_get(j, "webdefender-enrolment")) != ENROL_FORMAT)
		return err_set(err, "it is no enrolment bundle of format %d", ENROL_FORMAT);
	if (take_words(j, e, err) || take_pems(j, e, err) || take_sites(j, e, err))
		return -1;
	if (!json_is_integer(expires))
		return err_set(err, "expires is no number");
	e->expires = json_integer_value(expires);
	if (e->expires < time(NULL))
		return err_set(err, "it has expired: make a new one (wdpub host add)");
	return 0;
}

int enrol_parse(const char *text, size_t n, struct enrolment *e, struct err *err)
{
	struct err why = {""};
	json_error_t je;
	json_t *j;
	int rc;

	memset(e, 0, sizeof(*e));
	if (n > ENROL_BYTES_MAX)
		return err_set(err, "the bundle is larger than %u bytes", ENROL_BYTES_MAX);
	j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &je);
	if (!j)
		return err_set(err, "the bundle is not JSON: %s (line %d)", je.text, je.line);
	rc = json_is_object(j) ? take(j, e, &why) : err_set(&why, "it is no object");
	if (rc) {
		enrol_free(e);
		err_set(err, "the bundle is no good: %.400s", why.text);
	}
	json_decref(j);
	return rc;
}

void enrol_free(struct enrolment *e)
{
	if (e->key)
		OPENSSL_cleanse(e->key, strlen(e->key));
	free(e->ca);
	free(e->cert);
	free(e->key);
	memset(e, 0, sizeof(*e));
}

static int put(const char *state, const char *name, const char *a, const char *b, mode_t mode,
	       struct err *err)
{
	char path[STATE_PATH_MAX], *both;
	int n = asprintf(&both, "%s%s%s", a, a[0] && a[strlen(a) - 1] == '\n' ? "" : "\n", b), rc;

	if (n < 0)
		return err_set(err, "out of memory");
	rc = fsx_replace(state_path(path, state, "trust/%s", name), both, n, mode, err);
	OPENSSL_cleanse(both, n);
	free(both);
	return rc;
}

int enrol_unpack(const struct enrolment *e, const char *state, bool force, struct err *err)
{
	char own[STATE_PATH_MAX], bundle[STATE_PATH_MAX];
	SSL_CTX *ctx;

	if (state_make(state, err))
		return -1;
	state_path(own, state, "trust/agent.pem");
	state_path(bundle, state, "trust/bundle.pem");
	if (!force && (!access(own, F_OK) || !access(bundle, F_OK)))
		return err_set(
			err,
			"%s is enrolled already: stop webdefenderd and use --force to enrol it anew",
			state);
	if (put(state, "ca.crt", e->ca, "", 0644, err) ||
	    put(state, "release.pub", e->release_key, "", 0644, err) ||
	    put(state, "host", e->host, "", 0644, err) ||
	    put(state, "bundle.pem", e->cert, e->key, 0600, err))
		return -1;
	state_path(own, state, "trust/ca.crt");
	ctx = tls_context(own, bundle, bundle, err);
	SSL_CTX_free(ctx);
	if (!ctx) {
		unlink(bundle);
		return -1;
	}
	state_path(own, state, "trust/agent.pem");
	if (force && unlink(own) && errno != ENOENT)
		return err_sys(err, "cannot remove %s", own);
	return 0;
}

static const char *dir_of(const struct enrol_site *sites, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(sites[i].name, name))
			return sites[i].dir;
	return NULL;
}

static void put_site(FILE *f, const char *name, const char *dir, const char *mode)
{
	fprintf(f, "\nsite \"%s\" {\n\tdir = \"", name);
	for (; *dir; dir++) { /* inside "..." these two mean something to the parser */
		if (*dir == '"' || *dir == '\\')
			fputc('\\', f);
		fputc(*dir, f);
	}
	fprintf(f, "\"\n\tmode = %s\n\t# owner = \"root\"  group = \"root\"\n}\n", mode);
}

static void put_conf(FILE *f, const struct enrolment *e, const struct enrol_site *sites, int n,
		     const char *mode, enum conf_dial dial, const char *address)
{
	fprintf(f, "# agent.conf(5), written by wdctl enrol for host %s\n", e->host);
	fprintf(f, "publisher {\n\t%s = \"%s\"\n}\n", dial == DIAL_LISTEN ? "listen" : "connect",
		address);
	for (int i = 0; i < n; i++)
		put_site(f, sites[i].name, sites[i].dir, mode);
	for (int i = 0; i < e->n_sites; i++)
		if (!dir_of(sites, n, e->sites[i]))
			fprintf(f, "\n# site \"%s\" {\n#\tdir = \"/srv/%s\"\n#\tmode = %s\n# }\n",
				e->sites[i], e->sites[i], mode);
}

int enrol_configure(const struct enrolment *e, const char *file, const struct enrol_site *sites,
		    int n, const char *mode, enum conf_dial dial, const char *address,
		    struct err *err)
{
	static struct conf checked; /* large */
	char dir[STATE_PATH_MAX], temp[STATE_PATH_MAX];
	FILE *f;

	if (!access(file, F_OK))
		return 1;
	if (!address[0])
		return err_set(
			err,
			"the bundle does not say where the publisher is: give --publisher HOST:PORT, or "
			"--listen ADDR:PORT if it connects to this host");
	snprintf(dir, sizeof(dir), "%s", file);
	if (fsx_mkdirs(dirname(dir), 0755, err))
		return -1;
	snprintf(temp, sizeof(temp), "%.*s.new", STATE_PATH_MAX - 8, file);
	f = fopen(temp, "we");
	if (!f)
		return err_sys(err, "cannot write %s", temp);
	put_conf(f, e, sites, n, mode, dial, address);
	if (fclose(f)) {
		unlink(temp);
		return err_sys(err, "cannot write %s", temp);
	}
	/* What the daemon would refuse is better refused now. */
	if (conf_load(temp, &checked, err) || rename(temp, file)) {
		if (!err->text[0])
			err_sys(err, "cannot write %s", file);
		unlink(temp);
		return -1;
	}
	return 0;
}
