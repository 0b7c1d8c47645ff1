// SPDX-License-Identifier: Apache-2.0
/*
 * Certificates near their end. Those of hosts renew themselves at two thirds of their life while
 * the host is connected, the console's own a month before; what an administrator brought does
 * not, nor do the CA and the link.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alarm.h"
#include "alarm_watch.h"
#include "fsx.h"
#include "layout.h"
#include "notify.h"
#include "pki.h"

#define DAY 86400
#define FIFTH 5 /* of a short life: it would be near its end from its first day */

static void judge(struct engine *e, const char *host, const char *subject, const char *what,
		  int64_t expires, int64_t limit)
{
	int64_t left = expires - time(NULL);
	char when[32] = "";
	time_t t = expires;
	struct tm tm;

	if (left >= limit) {
		alarm_clear(e, ALARM_CERTIFICATE_EXPIRING, host, subject);
		return;
	}
	strftime(when, sizeof(when), "%Y-%m-%d", gmtime_r(&t, &tm));
	alarm_raise(e, ALARM_CERTIFICATE_EXPIRING, host, subject, "", "%s %s on %s", what,
		    left > 0 ? "ends" : "has ended", when);
}

static void look_at_file(struct engine *e, const char *path, const char *subject, int64_t limit)
{
	char what[LAYOUT_PATH_MAX + 32];
	struct err err;
	time_t expires;
	size_t n;
	char *pem = fsx_slurp(path, PKI_PEM_MAX, &n, &err);

	snprintf(what, sizeof(what), "the certificate %s", path);
	if (!pem || pki_expiry(pem, &expires, &err))
		alarm_raise(e, ALARM_CERTIFICATE_EXPIRING, "", subject, "", "%s cannot be read: %s",
			    what, err.text);
	else
		judge(e, "", subject, what, expires, limit);
	free(pem);
}

/* The latest that a host may use; 0: none of its own yet. */
static int cert_row(void *arg, struct store_row *r)
{
	int64_t *expires = arg;
	bool own = !strcmp(store_text(r, 0), "own"), retired = !strcmp(store_text(r, 1), "retired");

	if (own && !retired && store_int(r, 3) > *expires)
		*expires = store_int(r, 3);
	return 0;
}

static void look_at_host(struct host *h, int64_t limit)
{
	int64_t fifth = (int64_t)h->engine->conf.certificate_days * DAY / FIFTH, expires = 0;
	struct err err;

	if (db_read(h->engine->db, &err, SQL_CERT_LIST, cert_row, &expires, "t", h->name) < 0)
		log_err("certificates of %s cannot be looked up: %s", h->name, err.text);
	else if (expires)
		judge(h->engine, h->name, "", "the certificate of this host", expires,
		      fifth < limit ? fifth : limit);
}

void watch_certificates(struct engine *e)
{
	int64_t limit = notify_conf(e)->kinds[ALARM_CERTIFICATE_EXPIRING].limit * (int64_t)DAY;
	char path[LAYOUT_PATH_MAX];
	struct host *h;

	look_at_file(e, layout_path(path, e->state, LAYOUT_CA_CRT), "ca", limit);
	look_at_file(e, layout_path(path, e->state, LAYOUT_LINK_CRT), "link", limit);
	if (e->desk)
		look_at_file(e, e->console_crt, "console", limit);
	else
		alarm_clear(e, ALARM_CERTIFICATE_EXPIRING, "", "console");
	TAILQ_FOREACH (h, &e->hosts, entry)
		look_at_host(h, limit);
}
