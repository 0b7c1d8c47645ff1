// SPDX-License-Identifier: Apache-2.0
/*
 * The module as a source of events. Numbers without a gap prove that none was lost; with one,
 * it is known how many were, and everything is verified.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "inner.h"
#include "kernel.h"
#include "layers.h"
#include "lower.h"
#include "source.h"

#define BURST 256 /* datagrams before other descriptors have their turn */

struct kmod {
	struct kernel *commands;
	struct kernel_events *events;
	struct event *event;
	const struct source_site *sites;
	int n;
	const struct source_ops *ops;
	void *arg;
	char boot_id[33];
	uint64_t last, dropped; /* numbers seen */
	uint32_t armed_dirty;
};

static void kmod_close(void *self)
{
	struct kmod *k = self;

	if (!k)
		return;
	if (k->event)
		event_free(k->event);
	kernel_events_close(k->events);
	kernel_close(k->commands);
	free(k);
}

static void lost(struct kmod *k, uint64_t upto, const char *why)
{
	uint64_t n = upto - k->last;

	k->last = upto;
	log_err("%" PRIu64 " kernel events lost: %s; verifying everything", n, why);
	k->ops->lost(k->arg, n, why);
}

static void on_event(void *arg, const struct kernel_event *e)
{
	struct kmod *k = arg;

	if (e->seq > k->last + 1)
		lost(k, e->seq - 1, "they came faster than they could be read");
	if (e->seq > k->last)
		k->last = e->seq;
	if (e->dropped > k->dropped)
		k->dropped = e->dropped;
	k->ops->event(k->arg, k->boot_id, e);
}

/* The kernel says ENOBUFS once; the gap in the numbers tells the rest. */
static void on_readable(int fd, short what, void *arg)
{
	struct kmod *k = arg;

	(void)fd;
	(void)what;
	kernel_events_read(k->events, BURST, on_event, k);
}

struct covered {
	struct kmod *k;
	uint32_t number;
	struct err err;
};

static int set_device(void *arg, dev_t dev, bool is_char)
{
	struct covered *c = arg;

	return kernel_device_add(c->k->commands, c->number, dev, is_char, &c->err);
}

/* Without them the root is guarded all the same, but for who writes to the disks. */
static void set_devices(struct kmod *k, const char *dir, uint32_t number)
{
	struct covered c = {k, number, {""}};

	if (lower_each(dir, set_device, &c, &c.err))
		log_warn("%s: %s", dir, c.err.text);
}

/* One that is known, or gone since the table was read, is no news. */
static void set_inner(void *arg, const char *path, const char *why)
{
	struct covered *c = arg;
	struct err err = {""};
	bool mount_only = why;

	if (!kernel_inner_add(c->k->commands, c->number, path, &mount_only, &err)) {
		if (mount_only)
			log_warn("%s: what is in this file system is not guarded: %s", path,
				 why ? why : INNER_CANNOT);
		else
			log_info("%s: a file system of its own, guarded with the site", path);
	} else if (errno != EEXIST && errno != ENOTBLK && errno != ENOENT && errno != EXDEV) {
		log_warn("%s is not guarded: %s", path, err.text);
	}
	if (!mount_only)
		set_devices(c->k, path, c->number);
}

static void set_inners(struct kmod *k, const char *dir, uint32_t number)
{
	struct covered c = {k, number, {""}};

	if (inner_mounts(dir, set_inner, &c, &c.err))
		log_warn("%s: not all that is mounted in it is guarded: %s", dir, c.err.text);
}

/* What an overlay makes the site of the module has found itself, but not all disks below. */
static void set_layers(struct kmod *k, const char *dir, uint32_t number)
{
	struct covered c = {k, number, {""}};

	if (layers_each_device(number, set_device, &c, &c.err))
		log_warn("%s: not all disks below its layers are guarded: %s", dir, c.err.text);
}

/* At a start; with what is mounted in the site. */
static void say_layers(struct kmod *k, const char *dir)
{
	struct err err = {""};
	struct kernel_root r;
	const char *words;
	bool good;

	if (kernel_root_find(k->commands, dir, &r, &err) ||
	    (!r.layers && !r.layers_missed && !layers_below(dir)))
		return;
	words = layers_words(r.layers, r.layers_missed, &good);
	good ? log_info("%s: %s", dir, words) : log_warn("%s: %s", dir, words);
}

static int set_root(struct kmod *k, const char *dir, uint8_t mode, struct err *err)
{
	struct kernel_root r;
	uint32_t number;

	if (!kernel_root_add(k->commands, dir, mode, &number, err))
		return 0;
	if (errno != EEXIST)
		return -1;
	if (kernel_root_find(k->commands, dir, &r, err))
		return -1;
	return r.mode == mode ? 0 : kernel_root_set(k->commands, r.number, mode, err);
}

/*
 * At a start. What the module does already may be raised, never lowered: else who kills the
 * agent takes back what an administrator raised with wdctl.
 */
static int resume_root(struct kmod *k, int site, struct err *err)
{
	const struct source_site *s = &k->sites[site];
	struct kernel_root r;
	struct err none = {""};

	if (kernel_root_find(k->commands, s->dir, &r, &none) || r.mode <= s->mode)
		return set_root(k, s->dir, s->mode, err);
	k->ops->stricter(k->arg, site, r.mode);
	return 0;
}

/* ---- filters: the module's are what the release says, no more and no less ---- */

struct module_filters {
	uint32_t number;
	struct filters have;
};

static void read_filter(void *arg, uint32_t number, const char *text)
{
	struct module_filters *m = arg;

	if (number == m->number)
		filters_add(&m->have, text, NULL);
}

static int drop_filters(struct kmod *k, const struct module_filters *m, const struct filters *want,
			struct err *err)
{
	struct filters gone = m->have;
	const char *t = NULL;

	while ((t = filters_next(want, t)))
		filters_remove(&gone, t);
	for (t = NULL; (t = filters_next(&gone, t));)
		if (kernel_filter_del(k->commands, m->number, t, err))
			return -1;
	return 0;
}

/* One that cannot be set leaves more guarded than the publisher wants, never less. */
static void set_filters(struct kmod *k, const struct source_site *site)
{
	struct module_filters m = {.number = 0};
	struct kernel_root r;
	struct err err = {""};
	const char *t = NULL;

	if (kernel_root_find(k->commands, site->dir, &r, &err))
		return; /* off, or not there: said before */
	m.number = r.number;
	set_devices(k, site->dir, r.number);
	set_inners(k, site->dir, r.number);
	set_layers(k, site->dir, r.number);
	if (kernel_filters(k->commands, read_filter, &m, &err) ||
	    drop_filters(k, &m, site->filters, &err))
		log_err("%s: %s", site->dir, err.text);
	while ((t = filters_next(site->filters, t)))
		if (kernel_filter_add(k->commands, r.number, t, &err))
			log_warn("%s: %s may not change yet: %s", site->dir, t, err.text);
}

static void kmod_renew(void *self, int site)
{
	struct kmod *k = self;

	set_filters(k, &k->sites[site]);
}

static int take_over(struct kmod *k, struct err *err)
{
	struct kernel_info info;

	if (kernel_info(k->commands, &info, err))
		return -1;
	snprintf(k->boot_id, sizeof(k->boot_id), "%s", info.boot_id);
	k->dropped = info.dropped;
	k->armed_dirty = info.armed_dirty;
	if (kernel_register(k->commands, &k->last, err)) {
		if (errno == EBUSY)
			err_set(err,
				"another agent (pid %u) is registered with the module: stop it",
				info.agent_pid);
		return -1;
	}
	for (int i = 0; i < k->n; i++)
		if (resume_root(k, i, err))
			return -1;
	for (int i = 0; i < k->n; i++) {
		set_filters(k, &k->sites[i]);
		say_layers(k, k->sites[i].dir);
	}
	log_info("registered with webdefender.ko %s, %d roots", info.version, k->n);
	if (info.hooks_missing[0])
		log_warn("this kernel lacks hooks that the module would like: %s",
			 info.hooks_missing);
	return 0;
}

static void *kmod_open(struct event_base *base, const struct source_site *sites, int n,
		       const struct source_ops *ops, void *arg, struct err *err)
{
	struct kmod *k = calloc(1, sizeof(*k));

	if (!k) {
		err_set(err, "out of memory");
		return NULL;
	}
	k->sites = sites;
	k->n = n;
	k->ops = ops;
	k->arg = arg;
	/* Listening comes before registering, so that no number after the reply is missed. */
	k->commands = kernel_open(err);
	k->events = k->commands ? kernel_events_open(err) : NULL;
	if (!k->events || take_over(k, err)) {
		kmod_close(k);
		return NULL;
	}
	k->event =
		event_new(base, kernel_events_fd(k->events), EV_READ | EV_PERSIST, on_readable, k);
	if (!k->event || event_add(k->event, NULL)) {
		kmod_close(k);
		err_set(err, "out of memory");
		return NULL;
	}
	return k;
}

/* The tail of a loss shows in no gap: ask for the last number, after reading all there is. */
static int kmod_check(void *self, struct err *err)
{
	struct kmod *k = self;
	struct kernel_info info;
	int n;

	if (kernel_info(k->commands, &info, err))
		return err_set(err, "the module is gone");
	if (strcmp(info.boot_id, k->boot_id))
		return err_set(err, "the module was loaded anew");
	if (info.agent_pid != (uint32_t)getpid())
		return err_set(err, "the module no longer knows this agent");
	k->armed_dirty = info.armed_dirty;
	do {
		n = kernel_events_read(k->events, BURST, on_event, k);
	} while (n > 0 || (n < 0 && errno == ENOBUFS));
	if (info.seq > k->last)
		lost(k, info.seq, "they did not arrive");
	if (info.dropped > k->dropped)
		k->dropped = info.dropped;
	return 0;
}

static int kmod_set_mode(void *self, int site, uint8_t mode, struct err *err)
{
	struct kmod *k = self;

	return set_root(k, k->sites[site].dir, mode, err);
}

static void kmod_state(void *self, struct source_state *out)
{
	struct kmod *k = self;

	out->kind = SOURCE_KMOD;
	snprintf(out->boot_id, sizeof(out->boot_id), "%s", k->boot_id);
	out->seq = k->last;
	out->dropped = k->dropped;
	out->armed_dirty = k->armed_dirty;
}

const struct source_class source_kmod = {
	.kind = SOURCE_KMOD,
	.open = kmod_open,
	.close = kmod_close,
	.check = kmod_check,
	.set_mode = kmod_set_mode,
	.renew = kmod_renew,
	.state = kmod_state,
};
