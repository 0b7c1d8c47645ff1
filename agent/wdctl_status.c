// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "conf.h"
#include "filter.h"
#include "holders.h"
#include "kernel.h"
#include "layers.h"
#include "wdctl.h"

#define HOLDERS_MAX 256 /* listed of a root */

static error_t parse(int key, char *arg, struct argp_state *as)
{
	if (key == 'j')
		*(bool *)as->input = true;
	else if (key == ARGP_KEY_ARG)
		argp_error(as, "unexpected word \"%s\"", arg);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp_option options[] = {{"json", 'j', NULL, 0, "one JSON object", 0}, {0}};
static const struct argp argp = {
	options, parse,
	NULL,	 "What is protected, by what, and whether all is well; also without the daemon.",
	NULL,	 NULL,
	NULL};

static void add_root(void *arg, const struct kernel_root *r)
{
	json_array_append_new(
		arg,
		json_pack("{s:i, s:o, s:s, s:I, s:I, s:i, s:b, s:i, s:i}", "number", (int)r->number,
			  "path", json_bytes(r->path), "mode", conf_mode_name(r->mode), "denied",
			  (json_int_t)r->denied, "reported", (json_int_t)r->reported, "armed_dirty",
			  (int)r->armed_dirty, "overlay", layers_below(r->path), "layers",
			  (int)r->layers, "layers_missed", (int)r->layers_missed));
}

/* ---- who holds files of a root that was armed dirty ---- */

static void add_holder(void *arg, const struct holder *h)
{
	json_t *list = arg;

	if (json_array_size(list) < HOLDERS_MAX)
		json_array_append_new(list, json_pack("{s:i, s:o, s:s, s:o}", "pid", h->pid, "comm",
						      json_bytes(h->comm), "how", h->how, "path",
						      json_bytes(h->path)));
}

struct root_filters {
	uint32_t number;
	struct filters filters;
};

static void add_filter(void *arg, uint32_t number, const char *text)
{
	struct root_filters *f = arg;

	if (number == f->number)
		filters_add(&f->filters, text, NULL);
}

static void add_holders(struct kernel *k, json_t *roots)
{
	struct root_filters f;
	struct stat st;
	json_t *r;
	size_t i;

	json_array_foreach (roots, i, r) {
		json_t *list = json_array();
		struct holders_query q = {.root = wdctl_text(r, "path"),
					  .filters = &f.filters,
					  .each = add_holder,
					  .arg = list};

		json_object_set_new(r, "holders", list);
		if (!wdctl_int(r, "armed_dirty") || stat(q.root, &st))
			continue;
		q.dev = st.st_dev;
		memset(&f, 0, sizeof(f));
		f.number = wdctl_int(r, "number");
		kernel_filters(k, add_filter, &f, NULL);
		holders_find(&q);
	}
}

static void show_holders(const json_t *r)
{
	json_t *h;
	size_t i;

	if (!wdctl_int(r, "armed_dirty"))
		return;
	printf("\n%s: %lld files were open for writing when it was armed, and still are\n",
	       wdctl_text(r, "path"), wdctl_int(r, "armed_dirty"));
	json_array_foreach (json_object_get(r, "holders"), i, h)
		if (wdctl_int(h, "pid"))
			printf("  %s: %s of process %lld (%s)\n", wdctl_text(h, "path"),
			       wdctl_text(h, "how"), wdctl_int(h, "pid"), wdctl_text(h, "comm"));
		else
			printf("  %s: %s\n", wdctl_text(h, "path"), wdctl_text(h, "how"));
	if (!i)
		puts("  nobody is found in /proc: the descriptor may be on its way in a socket");
}

static void show_layers(const json_t *r)
{
	int guarded = wdctl_int(r, "layers"), missed = wdctl_int(r, "layers_missed");
	bool good;

	if (guarded || missed || json_is_true(json_object_get(r, "overlay")))
		printf("\n%s: %s\n", wdctl_text(r, "path"), layers_words(guarded, missed, &good));
}

static json_t *module_json(void)
{
	struct err err = {""};
	struct kernel_info i;
	json_t *roots;
	struct kernel *k = kernel_open(&err);

	if (!k || kernel_info(k, &i, &err)) {
		kernel_close(k);
		return json_pack("{s:b, s:s}", "loaded", 0, "why", err.text);
	}
	roots = json_array();
	kernel_roots(k, add_root, roots, NULL);
	add_holders(k, roots);
	kernel_close(k);
	return json_pack("{s:b, s:s, s:s, s:s, s:b, s:i, s:I, s:I, s:i, s:i, s:i, s:i, s:s, s:o}",
			 "loaded", 1, "version", i.version, "boot_id", i.boot_id, "mode",
			 conf_mode_name(i.mode), "sealed", i.sealed, "agent", (int)i.agent_pid,
			 "events", (json_int_t)i.seq, "dropped", (json_int_t)i.dropped,
			 "armed_dirty", (int)i.armed_dirty, "hooks", (int)i.hooks, "keeper",
			 (int)i.keeper_pid, "seal_seconds", (int)i.seal_seconds, "hooks_missing",
			 i.hooks_missing, "roots", roots);
}

static void show_module(const json_t *m)
{
	static const char *const columns[] = {"ROOT", "MODE", ">DENIED", ">REPORTED", NULL};
	json_t *roots = json_object_get(m, "roots"), *r;
	struct libscols_table *t;
	size_t i;

	if (!json_is_true(json_object_get(m, "loaded"))) {
		printf("module     not in use: %s\n", wdctl_text(m, "why"));
		return;
	}
	printf("module     webdefender %s, default mode %s, %lld events, %lld lost\n",
	       wdctl_text(m, "version"), wdctl_text(m, "mode"), wdctl_int(m, "events"),
	       wdctl_int(m, "dropped"));
	if (wdctl_int(m, "agent"))
		printf("           agent is process %lld\n", wdctl_int(m, "agent"));
	else
		puts("           no agent: nobody may write below an enforced root");
	if (json_is_true(json_object_get(m, "sealed")))
		puts("           sealed: only the publisher can have this changed (wdpub unseal)");
	else if (wdctl_int(m, "seal_seconds"))
		printf("           UNSEALED for %lld more seconds\n", wdctl_int(m, "seal_seconds"));
	if (wdctl_text(m, "hooks_missing")[0])
		printf("           this kernel lacks: %s\n", wdctl_text(m, "hooks_missing"));
	t = wdctl_table(columns);
	json_array_foreach (roots, i, r) {
		char denied[24], reported[24];
		const char *cells[] = {wdctl_text(r, "path"), wdctl_text(r, "mode"), denied,
				       reported};

		snprintf(denied, sizeof(denied), "%lld", wdctl_int(r, "denied"));
		snprintf(reported, sizeof(reported), "%lld", wdctl_int(r, "reported"));
		wdctl_line(t, cells);
	}
	if (json_array_size(roots))
		putchar('\n');
	wdctl_show(t);
	json_array_foreach (roots, i, r) {
		show_layers(r);
		show_holders(r);
	}
}

static void show_sites(const json_t *sites)
{
	static const char *const columns[] = {"SITE",	"DIR",	 "MODE",     ">SERIAL", ">FILES",
					      ">BYTES", "PHASE", "VERIFIED", NULL};
	struct libscols_table *t = wdctl_table(columns);
	const json_t *s;
	size_t i;

	json_array_foreach ((json_t *)sites, i, s) {
		char serial[24], files[24], bytes[16], when[32];
		const char *cells[] = {wdctl_text(s, "site"),
				       wdctl_text(s, "dir"),
				       wdctl_text(s, "mode"),
				       serial,
				       files,
				       wdctl_bytes(wdctl_int(s, "bytes"), bytes),
				       json_is_true(json_object_get(s, "verifying"))
					       ? "verifying"
					       : wdctl_text(s, "phase"),
				       wdctl_when(wdctl_int(s, "verified"), when)};

		snprintf(serial, sizeof(serial), "%lld", wdctl_int(s, "serial"));
		snprintf(files, sizeof(files), "%lld", wdctl_int(s, "files"));
		wdctl_line(t, cells);
	}
	if (json_array_size(sites))
		putchar('\n');
	wdctl_show(t);
}

static void show_daemon(const json_t *d)
{
	const json_t *source = json_object_get(d, "source"), *p = json_object_get(d, "publisher"),
		     *ev = json_object_get(d, "events"), *e = json_object_get(d, "evidence");
	char used[16], max[16];

	printf("agent      webdefenderd %s, process %lld, host %s\n", wdctl_text(d, "version"),
	       wdctl_int(d, "pid"), wdctl_text(d, "host"));
	printf("health     %s%s%s\n", wdctl_text(d, "health"), wdctl_text(d, "note")[0] ? ": " : "",
	       wdctl_text(d, "note"));
	printf("source     %s: %s\n", wdctl_text(source, "name"), wdctl_text(source, "guarantees"));
	printf("publisher  %s: %s%s%s\n", wdctl_text(p, "address"), wdctl_text(p, "state"),
	       wdctl_text(p, "reason")[0] ? ": " : "", wdctl_text(p, "reason"));
	printf("pending    %lld paths being looked at, %lld not right\n", wdctl_int(d, "pending"),
	       wdctl_int(d, "troubled"));
	printf("events     %lld kept, %lld not yet at the publisher\n", wdctl_int(ev, "kept"),
	       wdctl_int(ev, "unsent"));
	printf("evidence   %s of %s, %lld items not yet at the publisher\n",
	       wdctl_bytes(wdctl_int(e, "bytes"), used), wdctl_bytes(wdctl_int(e, "max"), max),
	       wdctl_int(e, "uncopied"));
	show_sites(json_object_get(d, "sites"));
}

int cmd_status(struct wdctl *w, int argc, char **argv)
{
	bool json = false, well;
	json_t *d = NULL, *m;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	m = module_json();
	if (wdctl_daemon(w)) {
		d = wdctl_call(w, json_pack("{s:s}", "cmd", "status"), NULL, NULL, NULL);
		if (!d) {
			json_decref(m);
			return WDCTL_FAILED;
		}
	}
	well = d ? strcmp(wdctl_text(d, "health"), "bad")
		 : json_is_true(json_object_get(m, "loaded"));
	if (json) {
		json_t *all = d ? json_incref(d) : json_object();

		json_object_del(all, "ok");
		json_object_set_new(all, "daemon", json_boolean(d));
		json_object_set(all, "module", m);
		wdctl_print(all);
		json_decref(all);
	} else {
		if (d)
			show_daemon(d);
		else
			puts("agent      not running: nothing is restored (systemctl start webdefenderd)");
		show_module(m);
	}
	json_decref(m);
	json_decref(d);
	return well ? WDCTL_OK : WDCTL_WRONG;
}
