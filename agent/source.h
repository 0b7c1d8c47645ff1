/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source - where events about the sites come from
 *
 *   kmod   the module: every attempt, before it is made; it can be denied
 *   none   nothing: only the verifications find what was changed
 *
 * The best one that works is used; every two seconds it is looked at again, so a module that
 * is loaded later is taken up, and one that goes away is missed at once.
 */
#ifndef WD_SOURCE_H
#define WD_SOURCE_H

#include <event2/event.h>
#include "conf.h"
#include "filter.h"
#include "kernel.h"
#include "proto.h"

struct source_site {
	const char *dir;
	uint8_t mode;
	const struct filters *filters; /* what may change in it; followed by source_renew() */
};

struct source_ops {
	void (*event)(void *arg, const char *boot_id, const struct kernel_event *e);
	void (*lost)(void *arg, uint64_t n, const char *why); /* verify everything */
	/* Another source than before: which guarantees hold has changed. */
	void (*changed)(void *arg, const char *why);
	/* A site was guarded more strictly than asked for, and stays so. */
	void (*stricter)(void *arg, int site, uint8_t mode);
};

struct source_state {
	enum source_kind kind;
	char boot_id[33];
	uint64_t seq, dropped;
	uint32_t armed_dirty;
};

struct source;

/* sites must outlive it; their directories exist. kmod false: not even tried (tests). */
struct source *source_open(struct event_base *base, const struct source_site *sites, int n,
			   bool kmod, const struct source_ops *ops, void *arg);
void source_close(struct source *s); /* NULL is fine */
const char *source_name(enum source_kind kind);
const char *source_guarantees(enum source_kind kind);
void source_state(const struct source *s, struct source_state *out);
int source_set_mode(struct source *s, int site, uint8_t mode, struct err *err);
/* A site's directory, or an excepted one, may have been made anew; its filters may be others. */
void source_renew(struct source *s, int site);

/* ---- one kind of source, behind the former ---- */

struct source_class {
	enum source_kind kind;
	void *(*open)(struct event_base *base, const struct source_site *sites, int n,
		      const struct source_ops *ops, void *arg, struct err *err);
	void (*close)(void *self);
	int (*check)(void *self, struct err *err); /* -1: it works no more */
	int (*set_mode)(void *self, int site, uint8_t mode, struct err *err);
	void (*renew)(void *self, int site); /* says itself what did not work */
	void (*state)(void *self, struct source_state *out);
};
extern const struct source_class source_kmod;

#endif
