// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "audit_child.h"
#include "audit_desk.h"
#include "audit_order.h"
#include "audit_watch.h"
#include "event.h"
#include "fsx.h"

#define AFTER_START_S 60
#define KEY_OF_HOST "/etc/webdefender/advisories.pub"

struct job {
	uint64_t request; /* 0: nobody asked */
	uint8_t what;
	char base[AUDIT_BASE_MAX], codes[AUDIT_CODES_MAX], id[AUDIT_ID_MAX];
};

struct audit_desk {
	struct event_base *base;
	const struct conf *conf;
	const struct identity *id;
	void (*note)(void *arg, const char *text);
	void *arg;
	struct audit_outbox *outbox;
	struct audit_watch *watch;
	struct event *clock;
	struct audit_child *child; /* works on queue[0] */
	struct job queue[AUDIT_QUEUE_MAX];
	int n;
};

/* ---- reporting ---- */

static int keep_report(struct audit_desk *d, const struct job *j, enum audit_state state,
		       const char *body, struct err *err)
{
	struct msg_audit_report m = {.request = j->request, .what = j->what, .state = state};
	int r = audit_pack(&m, body, strlen(body), err);

	if (!r)
		r = audit_outbox_put(d->outbox, &m, err);
	free((void *)m.packed);
	return r;
}

/* report: taken; may be NULL. */
static void tell(struct audit_desk *d, const struct job *j, enum audit_state state,
		 const char *text, const char *error, json_t *report)
{
	json_t *body = json_pack("{s:o, s:o, s:o}", "text", json_bytes(text), "error",
				 json_bytes(error), "report", report ? report : json_null());
	char *dump = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct err err = {"out of memory"};

	if (!dump || keep_report(d, j, state, dump, &err)) {
		log_err("an audit's report cannot be kept: %s", err.text);
		/* Without what made it long, so that whoever asked hears something. */
		if (report)
			tell(d, j, AUDIT_FAILED, "", err.text, NULL);
	}
	free(dump);
	json_decref(body);
}

/* ---- running ---- */

static void next(struct audit_desk *d);

static void plan(struct audit_desk *d, int seconds)
{
	struct timeval t = {seconds, 0};

	evtimer_add(d->clock, &t);
}

static void enqueue(struct audit_desk *d, const struct job *j)
{
	if (d->n == AUDIT_QUEUE_MAX) {
		tell(d, j, AUDIT_REFUSED, "", "too many audits wait already", NULL);
		return;
	}
	d->queue[d->n++] = *j;
	next(d);
}

/* By nobody's order; one that waits already will do. */
static void enqueue_run(struct audit_desk *d)
{
	const struct job j = {.what = AUDIT_RUN};

	for (int i = d->child ? 1 : 0; i < d->n; i++)
		if (d->queue[i].what == AUDIT_RUN && !*d->queue[i].base)
			return;
	enqueue(d, &j);
}

static void finish(struct audit_desk *d)
{
	memmove(d->queue, d->queue + 1, --d->n * sizeof(*d->queue));
	next(d);
}

/* The last line says why. */
static const char *last_line(const char *text, char to[512])
{
	size_t n = strlen(text);
	const char *at;

	while (n && text[n - 1] == '\n')
		n--;
	for (at = text + n; at > text && at[-1] != '\n'; at--)
		;
	snprintf(to, 512, "%.*s", (int)(text + n - at), at);
	return to;
}

static json_t *report_of(const char *out)
{
	json_t *j = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	const char *schema = json_string_value(json_object_get(j, "schema"));

	if (schema && strcmp(schema, "webdefender-audit") == 0)
		return j;
	json_decref(j);
	return NULL;
}

static void on_done(void *arg, int status, const char *out, const char *text)
{
	struct audit_desk *d = arg;
	const struct job *j = &d->queue[0];
	json_t *report = j->what == AUDIT_UNDO ? NULL : report_of(out);
	bool good = j->what == AUDIT_UNDO ? status == 0 : report != NULL;
	uint8_t what = j->what;
	char why[512] = "";

	d->child = NULL;
	if (!good)
		last_line(text, why);
	if (!good && !*why)
		snprintf(why, sizeof(why), "the audit ended without a word (status %d)", status);
	if (!good)
		log_err("audit (%s): %s", audit_what_name(what), why);
	tell(d, j, good ? AUDIT_DONE : AUDIT_FAILED, j->what == AUDIT_UNDO ? out : text, why,
	     report);
	finish(d);
	if (what == AUDIT_UNDO || what == AUDIT_FIX)
		enqueue_run(d); /* how it is now, as always judged */
}

struct words {
	const char *v[AUDIT_CHILD_WORDS_MAX + 1];
	size_t n;
};

static void add(struct words *w, const char *word)
{
	if (w->n < AUDIT_CHILD_WORDS_MAX)
		w->v[w->n++] = word;
}

static void add_pair(struct words *w, const char *option, const char *value)
{
	add(w, option);
	add(w, value);
}

static void words_of_tomcat(const struct audit_desk *d, const struct job *j, struct words *w,
			    char *advisories, const char *waivers)
{
	add(w, "tomcat");
	add_pair(w, "--format", "json");
	add(w, "--none-is-well");
	if (d->conf->audit_guide && j->what == AUDIT_RUN)
		add_pair(w, "--criterion", "guide");
	if (*j->base)
		add_pair(w, "--base", j->base);
	else if (j->what == AUDIT_FIX)
		add(w, "--all");
	/* What was not judged would be missing in the report: it is for changing alone. */
	if (*j->codes && j->what != AUDIT_RUN)
		add_pair(w, "--fix-only", j->codes);
	if (j->what == AUDIT_PREVIEW)
		add(w, "--preview");
	if (j->what == AUDIT_FIX) {
		add(w, "--fix");
		add(w, "--yes");
	}
	if (access(waivers, F_OK) == 0)
		add_pair(w, "--waivers", waivers);
	add_pair(w, "--advisories", advisories);
	for (int i = 0; i < d->conf->n_sites; i++)
		add_pair(w, "--protected", d->conf->sites[i].dir);
}

static int run(struct audit_desk *d, const struct job *j, struct err *err)
{
	char undo[STATE_PATH_MAX], advisories[STATE_PATH_MAX], key[STATE_PATH_MAX],
		waivers[STATE_PATH_MAX];
	struct words w = {.n = 0};

	state_path(undo, d->id->state, "audit");
	state_path(advisories, d->id->state, "advisories.json");
	state_path(key, d->id->state, "advisories.pub");
	state_path(waivers, d->id->state, "audit/waivers.json");
	if (j->what == AUDIT_RUN || j->what == AUDIT_PREVIEW)
		add(&w, "--confined");
	if (j->what == AUDIT_UNDO)
		add_pair(&w, "undo", j->id);
	else
		words_of_tomcat(d, j, &w, advisories, waivers);
	add_pair(&w, "--advisories-key", access(KEY_OF_HOST, F_OK) ? key : KEY_OF_HOST);
	add_pair(&w, "--state", undo);
	d->child = audit_child_start(d->base, w.v, on_done, d, err);
	return d->child ? 0 : -1;
}

static void next(struct audit_desk *d)
{
	struct err err = {""};

	while (d->n && !d->child && run(d, &d->queue[0], &err)) {
		log_err("%s", err.text);
		tell(d, &d->queue[0], AUDIT_FAILED, "", err.text, NULL);
		memmove(d->queue, d->queue + 1, --d->n * sizeof(*d->queue));
	}
}

static void on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct audit_desk *d = arg;

	(void)fd;
	(void)what;
	enqueue_run(d);
	plan(d, d->conf->audit_interval);
}

static void on_packages(void *arg)
{
	struct audit_desk *d = arg;

	log_info("packages have changed: auditing");
	enqueue_run(d);
}

/* ---- orders ---- */

void audit_desk_order(struct audit_desk *d, const struct msg_audit_order *m)
{
	static struct audit_order o; /* large */
	struct job j = {.what = AUDIT_RUN};
	struct err err = {""};
	char text[600];
	bool ours;
	int kept = 0, refused = audit_order_open(m, d->id, &o, &ours, &err);

	if (refused && !ours) {
		snprintf(text, sizeof(text), "an order to audit was refused: %s", err.text);
		log_err("%s", text);
		d->note(d->arg, text);
		return;
	}
	j.request = o.request;
	j.what = o.what;
	snprintf(j.base, sizeof(j.base), "%s", o.base);
	snprintf(j.codes, sizeof(j.codes), "%s", o.codes);
	snprintf(j.id, sizeof(j.id), "%s", o.id);
	if (!refused && (o.what == AUDIT_FIX || o.what == AUDIT_UNDO)) {
		snprintf(text, sizeof(text), "the publisher ordered: %s %.200s %.200s",
			 audit_what_name(o.what), o.what == AUDIT_FIX ? o.base : o.id, o.codes);
		log_warn("%s", text);
		d->note(d->arg, text);
	}
	if (refused)
		tell(d, &j, AUDIT_REFUSED, "", err.text, NULL);
	else if (o.what != AUDIT_WAIVERS && o.what != AUDIT_ADVISORIES)
		enqueue(d, &j);
	else if ((kept = audit_order_keep(&o, d->id->state, &err)) < 0)
		tell(d, &j, AUDIT_REFUSED, "", err.text, NULL);
	else
		tell(d, &j, AUDIT_DONE, "", "", NULL);
	if (kept > 0)
		enqueue_run(d); /* verdicts may be others now */
}

void audit_desk_acked(struct audit_desk *d, uint64_t number)
{
	audit_outbox_acked(d->outbox, number);
}

void audit_desk_online(struct audit_desk *d, audit_send *send, void *arg)
{
	audit_outbox_online(d->outbox, send, arg);
}

/* ---- beginning and end ---- */

static int open_parts(struct audit_desk *d, struct err *err)
{
	char dir[STATE_PATH_MAX];
	struct err why = {""};

	d->outbox = audit_outbox_open(state_path(dir, d->id->state, "audit/outbox"), err);
	if (!d->outbox)
		return -1;
	d->clock = evtimer_new(d->base, on_clock, d);
	if (!d->clock)
		return err_set(err, "out of memory");
	if (!d->conf->audit_interval)
		return 0;
	plan(d, d->conf->audit_interval < AFTER_START_S ? d->conf->audit_interval : AFTER_START_S);
	d->watch = audit_watch_new(d->base, NULL, d->conf->audit_quiet, on_packages, d, &why);
	if (!d->watch)
		log_warn("%s; audits follow the clock alone", why.text);
	return 0;
}

struct audit_desk *audit_desk_new(struct event_base *base, const struct conf *conf,
				  const struct identity *id,
				  void (*note)(void *arg, const char *text), void *arg,
				  struct err *err)
{
	struct audit_desk *d = calloc(1, sizeof(*d));

	if (!d) {
		err_set(err, "out of memory");
		return NULL;
	}
	d->base = base;
	d->conf = conf;
	d->id = id;
	d->note = note;
	d->arg = arg;
	if (!open_parts(d, err))
		return d;
	audit_desk_free(d);
	return NULL;
}

void audit_desk_free(struct audit_desk *d)
{
	if (!d)
		return;
	audit_child_stop(d->child);
	audit_watch_free(d->watch);
	audit_outbox_close(d->outbox);
	if (d->clock)
		event_free(d->clock);
	free(d);
}
