// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "hosts.h"
#include "journal.h"
#include "layout.h"
#include "lines.h"
#include "pki.h"
#include "session.h"
#include "signer.h"
#include "tls.h"
#include "verification.h"

#define BUNDLE_DAYS 7

/* A bundle being made; the client may leave before the keys role has answered. */
struct bundle {
	struct engine *engine;
	struct ctl_conn *conn; /* NULL: it left */
	char host[HOST_NAME_MAX_WD];
	char *key;
};

static void on_gone(void *arg, struct ctl_conn *c)
{
	struct bundle *b = arg;

	(void)c;
	b->conn = NULL;
}

static void bundle_free(struct bundle *b)
{
	if (b->key)
		explicit_bzero(b->key, strlen(b->key));
	free(b->key);
	free(b);
}

static json_t *sites_of(const struct host *h)
{
	json_t *list = json_array();
	struct host_site *hs;

	TAILQ_FOREACH (hs, &h->sites, entry)
		json_array_append_new(list, json_string(hs->site));
	return list;
}

static json_t *bundle_json(const struct bundle *b, const struct host *h, const char *pem,
			   time_t expires, const char *ca)
{
	char hex[HASH_HEX];
	struct hash pub;

	memcpy(pub.b, b->engine->release_pub.b, HASH_LEN);
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "webdefender-enrolment",
			 ENROL_FORMAT, "host", h->name, "ca", ca, "cert", pem, "key", b->key,
			 "release_key", hash_hex(&pub, hex), "publisher",
			 *h->connect ? "" : b->engine->address, "expires", (json_int_t)expires,
			 "sites", sites_of(h));
}

static int keep_bundle(struct engine *e, const char *host, const char *pem, time_t *expires,
		       struct err *err)
{
	struct hash fingerprint;

	if (pki_fingerprint(pem, &fingerprint, err) || pki_expiry(pem, expires, err) ||
	    db_write(e->db, err, SQL_CERT_ADD, "bttii", fingerprint.b, HASH_LEN, host, "bundle",
		     (int64_t)time(NULL), (int64_t)*expires) < 0)
		return -1;
	return db_flush(e->db, err);
}

static int finish(struct bundle *b, const char *pem, struct err *err)
{
	struct host *h = host_find(b->engine, b->host);
	time_t expires;
	char *ca;

	if (!h)
		return err_set(err, "the host was removed meanwhile");
	ca = layout_slurp(b->engine->state, LAYOUT_CA_CRT, err);
	if (!ca)
		return -1;
	if (keep_bundle(b->engine, b->host, pem, &expires, err)) {
		free(ca);
		return -1;
	}
	journal(b->engine, LOG_L_INFO, "bundle", "", b->host,
		"an enrolment bundle was made, good once and for %d days", BUNDLE_DAYS);
	if (b->conn) {
		ctl_row(b->conn, bundle_json(b, h, pem, expires, ca));
		ctl_ok(b->conn, NULL);
	}
	free(ca);
	return 0;
}

static void on_issued(void *arg, const char *pem, const char *why)
{
	struct bundle *b = arg;
	struct err err;

	if (why)
		err_set(&err, "the keys role refused: %s", why);
	if ((why || finish(b, pem, &err)) && b->conn)
		ctl_fail(b->conn, "%s", err.text);
	bundle_free(b);
}

static void make_bundle(struct engine *e, struct ctl_conn *c, const struct host *h)
{
	struct bundle *b = calloc(1, sizeof(*b));
	char uri[TLS_PEER_MAX], *csr = NULL;
	struct err err;

	snprintf(uri, sizeof(uri), "%s%s", TLS_URI_HOST, h->name);
	err_set(&err, "out of memory");
	if (b)
		b->key = pki_key(&err);
	if (b && b->key)
		csr = pki_request(b->key, uri, &err);
	if (!csr) {
		ctl_fail(c, "%s", err.text);
		if (b)
			bundle_free(b);
		return;
	}
	b->engine = e;
	b->conn = c;
	memcpy(b->host, h->name, sizeof(b->host));
	ctl_on_gone(c, on_gone, b);
	signer_issue(e->signer, uri, csr, BUNDLE_DAYS, on_issued, b);
	free(csr);
}

/* A host that was added without --site serves what there is. */
static json_t *all_sites(struct engine *e)
{
	json_t *list = json_array();
	struct site *s;

	TAILQ_FOREACH (s, &e->sites, entry)
		json_array_append_new(list, json_string(s->name));
	return list;
}

void control_host_add(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *connect = "";
	json_t *sites = NULL;
	struct host *h;
	struct err err;
	int again = 0;

	if (control_args(c, request, "s:s, s?s, s?a, s?b", "name", &name, "connect", &connect,
			 "sites", &sites, "again", &again))
		return;
	if (!*connect && !*e->address && !(again && (h = host_find(e, name)) && *h->connect)) {
		ctl_fail(c, "the host must know where this publisher is: set address ="
			    " \"HOST:PORT\" in publisher.conf and restart wdpublisherd, or let the"
			    " publisher call the host: --connect HOST:PORT");
		return;
	}
	if (again) {
		h = control_host(e, c, name);
		if (!h)
			return;
		if (host_renew(h, connect, sites, &err))
			h = NULL;
	} else if (json_array_size(sites)) {
		h = host_add(e, name, connect, sites, &err);
	} else {
		json_t *all = all_sites(e);

		h = host_add(e, name, connect, all, &err);
		json_decref(all);
	}
	if (h)
		make_bundle(e, c, h);
	else
		ctl_fail(c, "%s", err.text);
}

void control_host_set(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *connect = NULL;
	json_t *sites = NULL;
	struct host *h;
	struct err err;

	if (control_args(c, request, "s:s, s?s, s?a", "name", &name, "connect", &connect, "sites",
			 &sites) ||
	    !(h = control_host(e, c, name)))
		return;
	if (host_set(h, connect, sites, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}

void control_host_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct host *h;

	if (control_args(c, request, ""))
		return;
	TAILQ_FOREACH (h, &e->hosts, entry)
		ctl_row(c, host_json(h));
	ctl_ok(c, NULL);
}

void control_host_remove(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name;
	struct host *h;
	struct err err;

	if (control_args(c, request, "s:s", "name", &name) || !(h = control_host(e, c, name)))
		return;
	if (host_remove(h, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}

/* host "": every host that serves the site. */
static void verify(struct engine *e, struct ctl_conn *c, const char *host, const char *site,
		   bool wait)
{
	struct host *h = NULL;

	if (*host ? !(h = control_host(e, c, host)) : !control_site(e, c, site))
		return;
	verification_start(e, c, h, site, wait);
}

void control_verify(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host = "", *site = "";
	int wait = 0;

	if (!control_args(c, request, "s?s, s?s, s?b", "host", &host, "site", &site, "wait", &wait))
		verify(e, c, host, site, wait);
}

/*
 * One file back as it was published. Hosts restore what differs when they verify, so that is
 * what they are asked for; the path is what the audit log keeps.
 */
void control_restore(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host = "", *site, *path;
	int wait = 0;

	if (!control_args(c, request, "s:s, s:s, s?s, s?b", "site", &site, "path", &path, "host",
			  &host, "wait", &wait))
		verify(e, c, host, site, wait);
}
