// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "source.h"

#define CHECK_S 2

struct source {
	struct event_base *base;
	const struct source_site *sites;
	int n;
	bool kmod;
	const struct source_ops *ops;
	void *arg;
	struct event *timer;
	const struct source_class *class; /* NULL: none */
	void *self;
	char why[512]; /* said last about not having the module */
};

const char *source_name(enum source_kind kind)
{
	static const char *const names[] = {"none", "kmod", "fanotify"};

	return kind <= SOURCE_FANOTIFY ? names[kind] : "unknown";
}

const char *source_guarantees(enum source_kind kind)
{
	switch (kind) {
	case SOURCE_KMOD:
		return "every change is denied (enforce) or restored at once (audit), and reported with "
		       "who made it";
	case SOURCE_FANOTIFY:
		return "changes are noticed and restored, not denied; who made them is not always known";
	default:
		return "NO EVENTS: changes are found and restored only by the periodic verification, nothing "
		       "is denied, nobody is named";
	}
}

/* The best there is now; what is used already stays. */
static bool choose(struct source *s, bool quiet)
{
	struct err err = {""};

	if (s->self || !s->kmod)
		return false;
	s->self = source_kmod.open(s->base, s->sites, s->n, s->ops, s->arg, &err);
	if (s->self) {
		s->class = &source_kmod;
		s->why[0] = '\0';
		return true;
	}
	if (!quiet && strcmp(s->why, err.text)) {
		log_warn("event source: %s", err.text);
		memcpy(s->why, err.text, sizeof(s->why));
	}
	return false;
}

static void arm(struct source *s)
{
	struct timeval t = {CHECK_S, 0};

	evtimer_add(s->timer, &t);
}

static void on_timer(int fd, short what, void *arg)
{
	struct source *s = arg;
	struct err err = {""};

	(void)fd;
	(void)what;
	if (s->self && s->class->check(s->self, &err)) {
		s->class->close(s->self);
		s->self = NULL;
		if (!choose(s, true))
			s->class = NULL;
		s->ops->changed(s->arg, err.text);
	} else if (!s->self && choose(s, false)) {
		s->ops->changed(s->arg, "the module is there");
	}
	arm(s);
}

struct source *source_open(struct event_base *base, const struct source_site *sites, int n,
			   bool kmod, const struct source_ops *ops, void *arg)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->base = base;
	s->sites = sites;
	s->n = n;
	s->kmod = kmod;
	s->ops = ops;
	s->arg = arg;
	s->timer = evtimer_new(base, on_timer, s);
	if (!s->timer) {
		free(s);
		return NULL;
	}
	choose(s, false);
	arm(s);
	return s;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	if (s->self)
		s->class->close(s->self);
	event_free(s->timer);
	free(s);
}

void source_state(const struct source *s, struct source_state *out)
{
	memset(out, 0, sizeof(*out));
	if (s->self)
		s->class->state(s->self, out);
}

int source_set_mode(struct source *s, int site, uint8_t mode, struct err *err)
{
	return s->self ? s->class->set_mode(s->self, site, mode, err) : 0;
}

void source_renew(struct source *s, int site)
{
	struct err err = {""};

	if (source_set_mode(s, site, s->sites[site].mode, &err))
		log_err("%s: %s", s->sites[site].dir, err.text);
	else if (s->self)
		s->class->renew(s->self, site);
}
