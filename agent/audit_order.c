// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "advisories.h"
#include "audit_order.h"
#include "fsx.h"

#define WAIVERS_MAX 1000

static uint64_t last_request(const char *state)
{
	char path[STATE_PATH_MAX];
	char *text = fsx_slurp(state_path(path, state, "audit/last-order"), 64, NULL, NULL);
	uint64_t n = text ? strtoull(text, NULL, 10) : 0;

	free(text);
	return n;
}

static int obey_once(const struct audit_order *o, const char *state, struct err *err)
{
	char path[STATE_PATH_MAX], text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 "\n", o->request);

	if (o->request <= last_request(state))
		return err_set(err, "order %" PRIu64 " is not above the last one obeyed",
			       o->request);
	return fsx_replace(state_path(path, state, "audit/last-order"), text, n, 0600, err);
}

int audit_order_open(const struct msg_audit_order *m, const struct identity *id,
		     struct audit_order *o, bool *ours, struct err *err)
{
	struct rd r = rd_over(m->order, m->n);
	int64_t now = time(NULL);

	*ours = false;
	if (sign_check(&id->release_key, AUDIT_ORDER_DOMAIN, m->order, m->n, m->sig, err) < 0)
		return -1;
	audit_order_get(&r, o);
	if (!rd_end(&r))
		return err_set(err, "the order makes no sense");
	if (strcmp(o->host, id->host))
		return err_set(err, "the order is for %s", o->host);
	*ours = true;
	if (o->issued < now - AUDIT_ORDER_LIFE || o->issued > now + AUDIT_ORDER_LIFE)
		return err_set(
			err,
			"the order was issued more than a day from now: are the clocks right?");
	return obey_once(o, id->state, err);
}

static bool has_text(const json_t *entry, const char *name)
{
	const char *s = json_string_value(json_object_get(entry, name));

	return s && *s;
}

/* A list the auditor could not read would end every audit. */
static int check_waivers(const char *text, size_t n, struct err *err)
{
	json_error_t why;
	json_t *all = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	const json_t *entry;
	int r = 0;
	size_t i;

	if (!json_is_array(all) || json_array_size(all) > WAIVERS_MAX)
		r = err_set(err, "no list of at most %d waivers", WAIVERS_MAX);
	json_array_foreach (all, i, entry) {
		const char *day = json_string_value(json_object_get(entry, "expires"));

		if (r == 0 && (!has_text(entry, "check") || !has_text(entry, "owner") ||
			       !has_text(entry, "reason") || day_number(day) < 0))
			r = err_set(err, "waiver %zu lacks check, owner, reason or a date", i + 1);
	}
	json_decref(all);
	return r;
}

static bool is_here(const char *path, const void *p, size_t n)
{
	size_t have = 0;
	char *text = fsx_slurp(path, AUDIT_DATA_MAX, &have, NULL);
	bool same = text && have == n && !memcmp(text, p, n);

	free(text);
	return same;
}

static int keep_waivers(const struct audit_order *o, const char *state, struct err *err)
{
	char path[STATE_PATH_MAX];

	if (check_waivers((const char *)o->data, o->n, err))
		return -1;
	state_path(path, state, "audit/waivers.json");
	if (is_here(path, o->data, o->n))
		return 0;
	return fsx_replace(path, o->data, o->n, 0600, err) ? -1 : 1;
}

static int64_t kept_serial(const char *state)
{
	char path[STATE_PATH_MAX];
	struct advisories a;
	size_t n = 0;
	char *text =
		fsx_slurp(state_path(path, state, "advisories.json"), ADVISORIES_MAX, &n, NULL);
	bool good = text && !advisories_parse(text, n, time(NULL) / 86400, &a, NULL);

	free(text);
	return good ? a.serial : 0;
}

static int keep_advisories(const struct audit_order *o, const char *state, struct err *err)
{
	const char *text = (const char *)o->data;
	uint8_t sig[SIGN_SIG_LEN];
	struct sign_public key;
	struct advisories a;
	char path[STATE_PATH_MAX];

	if (advisories_hex(o->key, key.b, sizeof(key.b)) ||
	    advisories_hex(o->sig, sig, sizeof(sig)))
		return err_set(err, "advisories: key or signature are not hex digits");
	if (advisories_open(text, o->n, &key, sig, &a, err))
		return -1;
	if (a.serial < kept_serial(state))
		return err_set(err, "advisories: serial %" PRId64 " is older than what is here",
			       a.serial);
	if (is_here(state_path(path, state, "advisories.json"), text, o->n) &&
	    is_here(state_path(path, state, "advisories.json.sig"), o->sig, strlen(o->sig)) &&
	    is_here(state_path(path, state, "advisories.pub"), o->key, strlen(o->key)))
		return 0;
	/* A crash in between leaves a signature that is not the file's: WT-13 is MANUAL till the
	 * next time. */
	return fsx_replace(state_path(path, state, "advisories.json"), text, o->n, 0644, err) ||
			       fsx_replace(state_path(path, state, "advisories.json.sig"), o->sig,
					   strlen(o->sig), 0644, err) ||
			       fsx_replace(state_path(path, state, "advisories.pub"), o->key,
					   strlen(o->key), 0644, err)
		       ? -1
		       : 1;
}

int audit_order_keep(const struct audit_order *o, const char *state, struct err *err)
{
	return o->what == AUDIT_WAIVERS ? keep_waivers(o, state, err)
					: keep_advisories(o, state, err);
}
