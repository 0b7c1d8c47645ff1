// SPDX-License-Identifier: Apache-2.0
/*
 *   STATE/advisories.json .sig .pub    the data, its signature and key, in hex
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advisories.h"
#include "audit.h"
#include "fsx.h"
#include "hosts.h"
#include "journal.h"
#include "layout.h"
#include "session.h"

#define FILE_DATA "advisories.json"
#define FILE_SIG "advisories.json.sig"
#define FILE_KEY "advisories.pub"
#define HEX_MAX 256

struct advice {
	char *text;
	size_t n;
	char sig[2 * SIGN_SIG_LEN + 1], key[2 * SIGN_KEY_LEN + 1];
	struct advisories head;
};

/* n bytes as exactly that many hex digits. */
static int read_hex(const char *path, char *to, size_t n, struct err *err)
{
	char *text = fsx_slurp(path, HEX_MAX, NULL, err);
	uint8_t bytes[SIGN_SIG_LEN];
	int r;

	if (!text)
		return -1;
	r = advisories_hex(text, bytes, n);
	if (!r)
		snprintf(to, 2 * n + 1, "%s", text);
	free(text);
	return r ? err_set(err, "%s: not %zu hex digits", path, 2 * n) : 0;
}

static int open_advice(const char *data, const char *sig_file, const char *key_file,
		       struct advice *a, struct err *err)
{
	uint8_t sig[SIGN_SIG_LEN];
	struct sign_public key;

	a->text = fsx_slurp(data, ADVISORIES_MAX, &a->n, err);
	if (!a->text)
		return -1;
	if (!read_hex(sig_file, a->sig, SIGN_SIG_LEN, err) &&
	    !read_hex(key_file, a->key, SIGN_KEY_LEN, err)) {
		advisories_hex(a->sig, sig, sizeof(sig));
		advisories_hex(a->key, key.b, sizeof(key.b));
		if (!advisories_open(a->text, a->n, &key, sig, &a->head, err))
			return 0;
	}
	free(a->text);
	a->text = NULL;
	return -1;
}

/* What was taken in before; its key is kept with it, so that a change of key harms nobody. */
static int kept(struct engine *e, struct advice *a, struct err *err)
{
	char data[LAYOUT_PATH_MAX], sig[LAYOUT_PATH_MAX], key[LAYOUT_PATH_MAX];

	return open_advice(layout_path(data, e->state, FILE_DATA),
			   layout_path(sig, e->state, FILE_SIG),
			   layout_path(key, e->state, FILE_KEY), a, err);
}

void audit_send_advice(struct host *h)
{
	struct audit_order o = {.what = AUDIT_ADVISORIES};
	struct advice a;
	struct err err;

	if (!h->session || !session_open(h->session) || kept(h->engine, &a, &err))
		return;
	snprintf(o.host, sizeof(o.host), "%s", h->name);
	o.data = (const uint8_t *)a.text;
	o.n = a.n;
	memcpy(o.sig, a.sig, sizeof(o.sig));
	memcpy(o.key, a.key, sizeof(o.key));
	audit_order(h->engine, &o, NULL, NULL, false);
	free(a.text);
}

static int store(struct engine *e, const struct advice *a, struct err *err)
{
	char path[LAYOUT_PATH_MAX];

	if (fsx_replace(layout_path(path, e->state, FILE_DATA), a->text, a->n, 0600, err) ||
	    fsx_replace(layout_path(path, e->state, FILE_SIG), a->sig, strlen(a->sig), 0600, err))
		return -1;
	return fsx_replace(layout_path(path, e->state, FILE_KEY), a->key, strlen(a->key), 0600,
			   err);
}

static int judge(struct engine *e, const struct advice *a, struct err *err)
{
	struct advice old;
	struct err why;
	int r = 0;

	if (a->head.stale)
		return err_set(err,
			       "these advisories are of %s, older than %d days: fetch newer ones",
			       a->head.issued, ADVISORIES_DAYS);
	if (kept(e, &old, &why))
		return 0;
	if (a->head.serial < old.head.serial)
		r = err_set(err,
			    "serial %" PRId64 " is older than %" PRId64 ", which is here already",
			    a->head.serial, old.head.serial);
	else if (a->head.serial == old.head.serial &&
		 (a->n != old.n || memcmp(a->text, old.text, a->n)))
		r = err_set(err, "serial %" PRId64 " is here already, with other content",
			    a->head.serial);
	free(old.text);
	return r;
}

int audit_take_advice(struct engine *e, const char *file, struct err *err)
{
	char sig[LAYOUT_PATH_MAX];
	struct advice a;
	struct host *h;
	int r;

	if ((size_t)snprintf(sig, sizeof(sig), "%s.sig", file) >= sizeof(sig))
		return err_set(err, "the path is too long");
	if (open_advice(file, sig, e->conf.advisories_key, &a, err))
		return -1;
	r = judge(e, &a, err) || store(e, &a, err);
	free(a.text);
	if (r)
		return -1;
	audit_news(e, "");
	journal(e, LOG_L_INFO, "advisories", "", "", "serial %" PRId64 " of %s", a.head.serial,
		a.head.issued);
	TAILQ_FOREACH (h, &e->hosts, entry)
		audit_send_advice(h);
	return 0;
}

json_t *audit_advice_json(struct engine *e)
{
	struct advice a;
	struct err err;
	json_t *j;

	if (kept(e, &a, &err))
		return json_pack("{s:i, s:s, s:b}", "serial", 0, "issued", "", "stale", 1);
	j = json_pack("{s:I, s:s, s:b}", "serial", (json_int_t)a.head.serial, "issued",
		      a.head.issued, "stale", a.head.stale);
	free(a.text);
	return j;
}
