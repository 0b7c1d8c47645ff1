// SPDX-License-Identifier: Apache-2.0
/* WT-12: who can read and write the logs */
#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "checks.h"
#include "slurp.h"
#include "need.h"
#include "reach.h"

#define TMPFILES "/etc/tmpfiles.d"

struct pass {
	struct sweep dirs, files;
	struct need dir, file;
};

static void add(struct audit *a, struct list *dirs, const char *path)
{
	char *real = realpath(path, NULL);
	const char *dir = real ? pool_str(a->pool, real) : path;

	free(real);
	for (size_t i = 0; i < dirs->n; i++)
		if (strcmp(dirs->v[i], dir) == 0)
			return;
	list_add(a->pool, dirs, (void *)dir);
}

static void from_logging(struct audit *a, struct list *dirs)
{
	const char *path = pool_printf(a->pool, "%s/logging.properties", a->t->conf);
	struct props props = {0};
	struct err err;
	char *text = slurp(path, 1 << 20, NULL, &err);

	if (!text) {
		if (reach(path, F_OK) == 0)
			found(a, V_ERROR, path, 0, "cannot be read: %s", err.text);
		return;
	}
	props_parse(a->pool, &props, text);
	free(text);
	for (size_t i = 0; i < props.all.n; i++) {
		const struct prop *p = props.all.v[i];

		if (fnmatch("*.directory", p->name, 0) == 0)
			add(a, dirs, tomcat_path(a->t, tomcat_value(a->t, p->value)));
	}
}

static void from_valves(struct audit *a, struct list *dirs)
{
	const xmlNode *root = xml_root(a->t->server);

	for (const xmlNode *at = root; at; at = xml_walk(root, at))
		if (xml_is(at, "Valve") &&
		    strstr(tomcat_attr(a->t, at, "className", ""), "AccessLogValve"))
			add(a, dirs, tomcat_path(a->t, tomcat_attr(a->t, at, "directory", "logs")));
}

static int each(void *arg, const struct walk *w)
{
	struct pass *p = arg;

	if (S_ISDIR(w->st->st_mode))
		sweep_take(&p->dirs, &p->dir, w);
	else if (S_ISREG(w->st->st_mode))
		sweep_take(&p->files, &p->file, w);
	return 0;
}

/*
 * The distribution sets its own mode again at every boot. A file of the same name in /etc
 * stands for the whole of the distribution's, so it is a copy with that one mode changed.
 */
static void override_line(struct audit *a, const char *name, const char *text, const char *dir)
{
	const char *at = strstr(text, dir);
	const char *to = pool_printf(a->pool, "%s/%s", TMPFILES, name);
	char mode[5] = "";
	size_t n;

	if (!at || strchr(" \t", at[strlen(dir)]) == NULL || reach(to, F_OK) == 0)
		return;
	at += strlen(dir);
	at += strspn(at, " \t");
	n = strcspn(at, " \t");
	if (n < 3 || n > 4 || strspn(at, "01234567") < n)
		return;
	snprintf(mode, sizeof(mode), "%04lo", strtoul(at, NULL, 8) & 07750);
	plan_create(a, to, pool_printf(a->pool, "%.*s%s%s", (int)(at - text), text, mode, at + n),
		    0644, 'A');
}

static void override_tmpfiles(struct audit *a, const char *dir)
{
	static const char from[] = "/usr/lib/tmpfiles.d";
	struct dirent **names;
	int n = a->set->fix ? scandir(from, &names, NULL, alphasort) : -1;

	for (int i = 0; i < n; i++) {
		char *text = slurp(pool_printf(a->pool, "%s/%s", from, names[i]->d_name), 64 << 10,
				   NULL, NULL);

		if (text)
			override_line(a, names[i]->d_name, text, dir);
		free(text);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static bool judge_dir(struct audit *a, const char *dir)
{
	struct pass p = {.dir = {.limit = 07750, .was_group = true, .log_group = true},
			 .file = {.limit = 0640, .was_group = true, .log_group = true}};

	if (reach(dir, F_OK) < 0)
		return false;
	if (is_guide(a)) {
		p.dir = (struct need){.guide = true, .limit = 0740};
		p.file = (struct need){.guide = true, .limit = 0640};
	}
	sweep_start(&p.dirs, a, dir, "directories");
	sweep_start(&p.files, a, dir, "log files");
	sweep_top(&p.dirs, &p.dir, dir);
	walk_tree(dir, each, sweep_failed, &p);
	if (p.dirs.bad && !is_guide(a))
		override_tmpfiles(a, dir);
	sweep_end(&p.dirs);
	sweep_end(&p.files);
	return true;
}

static void run(struct audit *a)
{
	struct list dirs = {0};
	bool any = false;

	if (!need_server(a))
		return;
	add(a, &dirs, tomcat_path(a->t, "logs"));
	from_logging(a, &dirs);
	from_valves(a, &dirs);
	for (size_t i = 0; i < dirs.n; i++)
		any |= judge_dir(a, dirs.v[i]);
	if (!any)
		found(a, V_MANUAL, dirs.v[0], 0,
		      "no log directory yet: look again after the first start");
}

const struct check check_wt12 = {
	.code = "WT-12",
	.title = "Log directory and file permissions",
	.risk = RISK_HIGH,
	.guide = "owned by the WAS account; directory at most 740, files at most 640",
	.baseline =
		"directory at most 750, files at most 640, group of the WAS account or adm, nobody else",
	.remedy = "chmod g-w,o-rwx on the directory, chmod 640 on the files",
	.anchors = "STIG V-222943, V-222944, V-222988",
	.run = run,
};
