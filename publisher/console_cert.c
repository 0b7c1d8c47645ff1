// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "console_cert.h"
#include "desk.h"
#include "fsx.h"
#include "journal.h"
#include "layout.h"
#include "pki.h"
#include "signer.h"
#include "tls.h"

#define RENEW_BEFORE (30 * 86400)
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
#define NAMES_META "console-names"

struct issue {
	struct engine *engine;
	char *key;
	char names[1024];
};

/* How browsers on this machine and its neighbours may call it, unless somebody says better. */
static void names_of(const struct engine *e, char names[1024])
{
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	if (strspn(host, NAME_LETTERS) != strlen(host))
		*host = 0; /* the keys role would refuse it */
	if (*e->conf.console_names)
		snprintf(names, 1024, "%s", e->conf.console_names);
	else
		snprintf(names, 1024, "%s%s%sDNS:localhost,IP:127.0.0.1,IP:::1",
			 *host ? "DNS:" : "", host, *host ? "," : "");
}

static bool still_good(struct engine *e, const char *names)
{
	char had[1024] = "", *pem;
	time_t expires = 0;
	size_t n;

	pem = fsx_slurp(e->console_crt, PKI_PEM_MAX, &n, NULL);
	if (pem && pki_expiry(pem, &expires, NULL))
		expires = 0;
	free(pem);
	return !access(e->console_key, R_OK) && expires > time(NULL) + RENEW_BEFORE &&
	       !db_meta_get(e->db, NAMES_META, had, sizeof(had), NULL) && !strcmp(had, names);
}

static int keep(struct issue *q, const char *pem, struct err *err)
{
	struct engine *e = q->engine;
	char dir[LAYOUT_PATH_MAX];

	if (fsx_mkdirs(layout_path(dir, e->state, LAYOUT_CONSOLE), 0700, err) ||
	    fsx_replace(e->console_key, q->key, strlen(q->key), 0600, err) ||
	    fsx_replace(e->console_crt, pem, strlen(pem), 0644, err) ||
	    db_meta_set(e->db, NAMES_META, q->names, err))
		return -1;
	return db_flush(e->db, err);
}

static void issue_free(struct issue *q)
{
	if (q->key)
		explicit_bzero(q->key, strlen(q->key));
	free(q->key);
	free(q);
}

static void on_issued(void *arg, const char *pem, const char *why)
{
	struct issue *q = arg;
	struct engine *e = q->engine;
	struct err err;

	if (!why && keep(q, pem, &err))
		why = err.text;
	if (why)
		journal(e, LOG_L_ERR, "console", "", "", "no certificate for the console: %s", why);
	else
		journal(e, LOG_L_INFO, "console", "", "", "a certificate was made for %s",
			q->names);
	issue_free(q);
	if (e->desk)
		desk_restart(e);
	else if (!why && desk_start(e, &err))
		journal(e, LOG_L_ERR, "console", "", "", "%s", err.text);
}

static int ask(struct engine *e, const char *names, struct err *err)
{
	struct issue *q = calloc(1, sizeof(*q));
	char *csr;

	if (!q)
		return err_set(err, "out of memory");
	q->engine = e;
	snprintf(q->names, sizeof(q->names), "%s", names);
	q->key = pki_key(err);
	csr = q->key ? pki_request(q->key, TLS_URI_CONSOLE, err) : NULL;
	if (!csr) {
		issue_free(q);
		return -1;
	}
	signer_issue_console(e->signer, names, csr, on_issued, q);
	free(csr);
	return 0;
}

int console_cert_start(struct engine *e, struct err *err)
{
	char names[1024];

	if (!*e->conf.console)
		return 0;
	if (*e->conf.console_crt) {
		snprintf(e->console_crt, sizeof(e->console_crt), "%s", e->conf.console_crt);
		snprintf(e->console_key, sizeof(e->console_key), "%s", e->conf.console_key);
		return desk_start(e, err);
	}
	layout_path(e->console_crt, e->state, LAYOUT_CONSOLE_CRT);
	layout_path(e->console_key, e->state, LAYOUT_CONSOLE_KEY);
	names_of(e, names);
	return still_good(e, names) ? desk_start(e, err) : ask(e, names, err);
}

void console_cert_renew(struct engine *e)
{
	char names[1024];
	struct err err;

	names_of(e, names);
	if (!*e->conf.console || *e->conf.console_crt || still_good(e, names))
		return;
	if (ask(e, names, &err))
		journal(e, LOG_L_ERR, "console", "", "", "no certificate for the console: %s",
			err.text);
}
