// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "discover.h"

#define MAIN_CLASS "org.apache.catalina.startup.Bootstrap"

/* Files of /proc and units have no size to go by. */
static char *read_text(struct pool *p, const char *path, size_t *n)
{
	FILE *f = fopen(path, "re");
	char *text, *copy;
	size_t got;

	if (!f)
		return NULL;
	text = malloc(256 << 10);
	got = text ? fread(text, 1, 256 << 10, f) : 0;
	fclose(f);
	copy = pool_strn(p, text ? text : "", got);
	free(text);
	if (n)
		*n = got;
	return copy;
}

static const char *real(struct pool *p, const char *path)
{
	char *found = path ? realpath(path, NULL) : NULL;
	const char *copy = found ? pool_str(p, found) : path;

	free(found);
	return copy;
}

/* The value of a line "Name:\t..." of /proc/PID/status. */
static const char *status_line(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? at + strlen(name) : "";
}

static bool read_status(struct pool *p, struct process *proc)
{
	char *status = read_text(p, pool_printf(p, "/proc/%d/status", proc->pid), NULL);

	if (!status)
		return false;
	proc->parent = strtol(status_line(status, "\nPPid:"), NULL, 10);
	proc->caps = strtoull(status_line(status, "\nCapEff:"), NULL, 16);
	proc->gid = strtoul(status_line(status, "\nGid:"), NULL, 10);
	return sscanf(status_line(status, "\nUid:"), "%u %u %u %u", &proc->uid[0], &proc->uid[1],
		      &proc->uid[2], &proc->uid[3]) == 4;
}

static void take_word(struct pool *p, struct process *proc, const char *word)
{
	const char *equals = strchr(word, '=');

	if (strncmp(word, "-D", 2) == 0 && equals)
		props_set(p, &proc->defines, pool_strn(p, word + 2, equals - word - 2), equals + 1);
}

static struct process *look_at(struct pool *p, pid_t pid, bool *hidden)
{
	struct process *proc = pool_alloc(p, sizeof(*proc));
	bool is_tomcat = false;
	size_t n, at;
	char *words;

	proc->pid = pid;
	errno = 0;
	words = read_text(p, pool_printf(p, "/proc/%d/cmdline", pid), &n);
	if (!words) {
		*hidden |= errno == EACCES || errno == EPERM;
		return NULL;
	}
	for (at = 0; at < n; at += strlen(words + at) + 1)
		is_tomcat |= at && strcmp(words + at, MAIN_CLASS) == 0;
	if (!is_tomcat)
		return NULL;
	for (at = 0; at < n; at += strlen(words + at) + 1)
		take_word(p, proc, words + at);
	proc->jsvc = strstr(words, "jsvc") != NULL;
	proc->home = real(p, props_get(&proc->defines, "catalina.home"));
	proc->base = real(p, props_get(&proc->defines, "catalina.base"));
	if (!proc->base)
		proc->base = proc->home;
	if (!proc->home)
		proc->home = proc->base;
	return proc->base && read_status(p, proc) ? proc : NULL;
}

/* The controller of jsvc stays root by design and serves nobody: its child is the server. */
static bool is_controller(const struct list *all, const struct process *proc)
{
	for (size_t i = 0; proc->jsvc && i < all->n; i++) {
		const struct process *other = all->v[i];

		if (other->parent == proc->pid && strcmp(other->base, proc->base) == 0)
			return true;
	}
	return false;
}

void discover_processes(struct pool *p, struct list *out, bool *hidden)
{
	struct list all = {0};
	DIR *dir = opendir("/proc");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct process *proc;

		if (isdigit((unsigned char)e->d_name[0]) &&
		    (proc = look_at(p, strtol(e->d_name, NULL, 10), hidden)))
			list_add(p, &all, proc);
	}
	if (dir)
		closedir(dir);
	for (size_t i = 0; i < all.n; i++)
		if (!is_controller(&all, all.v[i]))
			list_add(p, out, all.v[i]);
}

/* ---- units ---- */

/* Environment="A=b" C=d : words, each perhaps quoted. */
static void take_environment(struct pool *p, struct props *env, const char *at)
{
	while (*(at += strspn(at, " \t"))) {
		char quote = *at == '"' || *at == '\'' ? *at++ : 0;
		size_t n = quote ? strcspn(at, (char[]){quote, 0}) : strcspn(at, " \t");
		char *word = pool_strn(p, at, n), *equals = strchr(word, '=');

		if (equals) {
			*equals = 0;
			props_set(p, env, word, equals + 1);
		}
		at += n + (quote && at[n]);
	}
}

static const char *after(const char *line, const char *key)
{
	size_t n = strlen(key);

	return strncmp(line, key, n) == 0 ? line + n : NULL;
}

static void read_unit(struct pool *p, struct unit *u, const char *path)
{
	char *text = read_text(p, path, NULL), *line, *save;
	const char *value;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		if ((value = after(line, "User=")))
			u->user = *value ? value : NULL;
		else if ((value = after(line, "Group=")))
			u->group = *value ? value : NULL;
		else if ((value = after(line, "DynamicUser=")))
			u->dynamic = strcmp(value, "yes") == 0 || strcmp(value, "true") == 0;
		else if ((value = after(line, "Environment=")))
			take_environment(p, &u->env, value);
	}
}

static void read_drop_ins(struct pool *p, struct unit *u)
{
	static const char *const roots[] = {"/usr/lib/systemd/system", "/lib/systemd/system",
					    "/etc/systemd/system"};

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		char *dir = pool_printf(p, "%s/%s.d", roots[i], u->name);
		struct dirent **names;
		int n = scandir(dir, &names, NULL, alphasort);

		for (int k = 0; k < n; k++) {
			if (fnmatch("*.conf", names[k]->d_name, 0) == 0)
				read_unit(p, u, pool_printf(p, "%s/%s", dir, names[k]->d_name));
			free(names[k]);
		}
		if (n >= 0)
			free(names);
	}
}

static bool seen(const struct list *units, const char *name)
{
	for (size_t i = 0; i < units->n; i++)
		if (strcmp(((struct unit *)units->v[i])->name, name) == 0)
			return true;
	return false;
}

static void take_unit(struct pool *p, struct list *out, const char *dir, const char *name)
{
	struct unit *u = pool_alloc(p, sizeof(*u));

	u->name = pool_str(p, name);
	u->file = pool_printf(p, "%s/%s", dir, name);
	read_unit(p, u, u->file);
	read_drop_ins(p, u);
	if (props_get(&u->env, "CATALINA_BASE") || props_get(&u->env, "CATALINA_HOME"))
		list_add(p, out, u);
}

void discover_units(struct pool *p, struct list *out)
{
	/* The first of a name hides the others, as systemd has it. */
	static const char *const dirs[] = {"/etc/systemd/system", "/run/systemd/system",
					   "/usr/lib/systemd/system", "/lib/systemd/system"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		struct dirent **names;
		int n = scandir(dirs[i], &names, NULL, alphasort);

		for (int k = 0; k < n; k++) {
			if (fnmatch("*.service", names[k]->d_name, 0) == 0 &&
			    !seen(out, names[k]->d_name))
				take_unit(p, out, dirs[i], names[k]->d_name);
			free(names[k]);
		}
		if (n >= 0)
			free(names);
	}
}

static const char *unit_base(struct pool *p, const struct unit *u)
{
	const char *base = props_get(&u->env, "CATALINA_BASE");

	return real(p, base ? base : props_get(&u->env, "CATALINA_HOME"));
}

static struct site_dirs *by_base(const struct list *l, const char *base)
{
	for (size_t i = 0; i < l->n; i++) {
		struct site_dirs *s = l->v[i];

		if (strcmp(s->base, base) == 0)
			return s;
	}
	return NULL;
}

static struct site_dirs *add_site(struct pool *p, struct list *out, const char *base,
				  const char *home)
{
	struct site_dirs *s = by_base(out, base);

	if (!s) {
		s = pool_alloc(p, sizeof(*s));
		s->base = base;
		s->home = home ? home : base;
		list_add(p, out, s);
	}
	return s;
}

void discover_all(struct pool *p, struct list *out)
{
	struct list processes = {0}, units = {0};
	bool hidden = false;

	discover_processes(p, &processes, &hidden);
	for (size_t i = 0; i < processes.n; i++) {
		struct process *proc = processes.v[i];

		struct site_dirs *s = add_site(p, out, proc->base, proc->home);

		/* Two on one base: the one that runs as root is the one to judge. */
		if (!s->process || !proc->uid[1])
			s->process = proc;
	}
	discover_units(p, &units);
	for (size_t i = 0; i < units.n; i++) {
		struct unit *u = units.v[i];
		const char *home = real(p, props_get(&u->env, "CATALINA_HOME"));

		add_site(p, out, unit_base(p, u), home)->unit = u;
	}
	for (size_t i = 0; i < out->n; i++)
		((struct site_dirs *)out->v[i])->process_hidden = hidden;
}

struct site_dirs *discover_one(struct pool *p, const char *base, const char *home)
{
	struct list all = {0};
	struct site_dirs *s;

	base = real(p, base);
	discover_all(p, &all);
	s = by_base(&all, base);
	if (!s) {
		s = add_site(p, &all, base, NULL);
		s->process_hidden =
			all.n > 1 ? ((struct site_dirs *)all.v[0])->process_hidden : false;
	}
	if (home)
		s->home = real(p, home);
	return s;
}
