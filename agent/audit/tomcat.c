// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "archive.h"
#include "slurp.h"
#include "tomcat.h"

const char *tomcat_value(struct tomcat *t, const char *text)
{
	const char *out;

	if (!text || props_expand(t->pool, &t->props, text, &out))
		return text ? out : NULL;
	t->doubt = pool_printf(t->pool, "\"%s\" holds a property nobody defines", text);
	return out;
}

const char *tomcat_attr(struct tomcat *t, const xmlNode *node, const char *name, const char *other)
{
	const char *value = tomcat_value(t, xml_attr(t->pool, node, name));

	return value ? value : other;
}

bool tomcat_flag(struct tomcat *t, const xmlNode *node, const char *name, bool other)
{
	const char *value = tomcat_attr(t, node, name, NULL);

	return value ? strcasecmp(value, "true") == 0 : other;
}

static const char *below(struct tomcat *t, const char *dir, const char *path)
{
	return *path == '/' ? path : pool_printf(t->pool, "%s/%s", dir, path);
}

const char *tomcat_path(struct tomcat *t, const char *path)
{
	return below(t, t->base, path);
}

struct xml *app_file(struct tomcat *t, const struct app *a, const char *name)
{
	const char *path =
		pool_printf(t->pool, "%s%c%s", a->doc_base, a->archive ? '!' : '/', name);
	struct xml *x;
	struct err err;
	char *bytes;
	size_t n;

	if (!a->archive)
		return xml_load(t->pool, path);
	switch (archive_member(t->pool, a->doc_base, name, &bytes, &n, &err)) {
	case 0:
		return xml_failed(t->pool, path, XML_ABSENT, "no such file");
	case 1:
		x = xml_from(t->pool, path, bytes, n);
		break;
	default:
		x = xml_failed(t->pool, path, XML_UNREADABLE, err.text);
	}
	x->archived = true;
	return x;
}

bool app_is_manager(const struct app *a)
{
	return a->kind == APP_MANAGER || a->kind == APP_HOST_MANAGER || a->kind == APP_ADMIN;
}

int app_scopes(const struct tomcat *t, const struct app *a, struct scope out[SCOPES_MAX])
{
	int n = 0;

	out[n++] = (struct scope){t->server, a->host->engine_node};
	out[n++] = (struct scope){t->server, a->host->node};
	/* override="true" on the context sends the defaults away. */
	if (!a->node || !tomcat_flag((struct tomcat *)t, a->node, "override", false)) {
		out[n++] = (struct scope){t->context, xml_root(t->context)};
		out[n++] = (struct scope){a->host->defaults, xml_root(a->host->defaults)};
	}
	if (a->context)
		out[n++] = (struct scope){a->context, a->node};
	return n;
}

/* ---- applications ---- */

/* What the classes of its servlets say: an application may have been renamed. */
static enum app_kind kind_by_classes(struct tomcat *t, const struct app *a)
{
	xml_each(servlet, xml_root(a->web), "servlet")
	{
		const char *class = xml_child_text(t->pool, servlet, "servlet-class");

		if (!class)
			continue;
		if (strncmp(class, "org.apache.catalina.manager.host.", 33) == 0)
			return APP_HOST_MANAGER;
		if (strncmp(class, "org.apache.catalina.manager.", 28) == 0 ||
		    strncmp(class, "org.apache.catalina.servlets.ManagerServlet", 43) == 0)
			return APP_MANAGER;
		if (strncmp(class, "org.apache.webapp.admin.", 24) == 0)
			return APP_ADMIN;
		if (strcmp(class, "HelloWorldExample") == 0 ||
		    strcmp(class, "RequestHeaderExample") == 0)
			return APP_EXAMPLES;
	}
	return APP_OTHER;
}

static bool tail_is(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, name) == 0;
}

static enum app_kind kind_of(struct tomcat *t, const struct app *a)
{
	enum app_kind kind = kind_by_classes(t, a);

	if (kind == APP_OTHER &&
	    (strcmp(a->path, "/examples") == 0 || tail_is(a->doc_base, "examples")))
		return APP_EXAMPLES;
	return kind;
}

/* foo#bar##2 -> /foo/bar, label /foo/bar##2; ROOT -> "" */
static void name_app(struct tomcat *t, struct app *a, const char *base)
{
	const char *version = strstr(base, "##");
	char *path = pool_printf(t->pool, "/%.*s",
				 (int)(version ? version - base : (long)strlen(base)), base);

	for (char *hash = path; (hash = strchr(hash, '#'));)
		*hash = '/';
	a->base = pool_str(t->pool, base);
	a->path = strcmp(path, "/ROOT") == 0 ? "" : path;
	a->label = pool_printf(t->pool, "%s%s", *a->path ? a->path : "/", version ? version : "");
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool ends(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return n > k && strcasecmp(s + n - k, tail) == 0;
}

/* An archive is read only where nothing has been unpacked beside it. */
static void settle_doc_base(struct tomcat *t, struct app *a, const char *doc_base)
{
	const char *bare;

	a->doc_base = below(t, a->host->app_base, doc_base);
	if (!is_dir(a->doc_base) && !ends(a->doc_base, ".war") &&
	    is_file(pool_printf(t->pool, "%s.war", a->doc_base)))
		a->doc_base = pool_printf(t->pool, "%s.war", a->doc_base);
	if (!ends(a->doc_base, ".war") || !is_file(a->doc_base))
		return;
	bare = pool_strn(t->pool, a->doc_base, strlen(a->doc_base) - 4);
	a->archive = !is_dir(bare);
	if (!a->archive)
		a->doc_base = bare;
}

static void finish_app(struct tomcat *t, struct app *a)
{
	if (!a->context && (a->host->deploy_xml || a->archive)) {
		a->meta = app_file(t, a, "META-INF/context.xml");
		if (a->meta->state == XML_ABSENT)
			a->meta = NULL;
		if (a->meta && a->host->deploy_xml) {
			a->context = a->meta;
			a->node = xml_root(a->meta);
		}
	} else if (a->descriptor) {
		/* Without effect, but it may hold settings a fix should carry over. */
		a->meta = app_file(t, a, "META-INF/context.xml");
	}
	a->web = app_file(t, a, "WEB-INF/web.xml");
	a->kind = kind_of(t, a);
	list_add(t->pool, &t->apps, a);
}

static struct app *app_new(struct tomcat *t, struct host *h, const char *base)
{
	struct app *a = pool_alloc(t->pool, sizeof(*a));

	a->host = h;
	a->active = true;
	name_app(t, a, base);
	return a;
}

static bool known_app(const struct tomcat *t, const struct host *h, const char *base)
{
	for (size_t i = 0; i < t->apps.n; i++) {
		const struct app *a = t->apps.v[i];

		if (a->host == h && strcmp(a->base, base) == 0)
			return true;
	}
	return false;
}

static void from_server_xml(struct tomcat *t, struct host *h)
{
	xml_each(node, h->node, "Context")
	{
		const char *path = tomcat_attr(t, node, "path", "");
		char *base = pool_str(t->pool, *path == '/' ? path + 1 : path);
		struct app *a;

		for (char *slash = base; (slash = strchr(slash, '/'));)
			*slash = '#';
		a = app_new(t, h, *base ? base : "ROOT");
		a->context = t->server;
		a->node = node;
		settle_doc_base(t, a, tomcat_attr(t, node, "docBase", a->base));
		finish_app(t, a);
	}
}

static void from_descriptor(struct tomcat *t, struct host *h, const char *name)
{
	char *base = pool_strn(t->pool, name, strlen(name) - 4);
	struct app *a;

	if (known_app(t, h, base))
		return;
	a = app_new(t, h, base);
	a->descriptor = xml_load(t->pool, pool_printf(t->pool, "%s/%s", h->xml_base, name));
	a->context = a->descriptor;
	a->node = xml_root(a->descriptor);
	settle_doc_base(t, a, a->node ? tomcat_attr(t, a->node, "docBase", base) : base);
	finish_app(t, a);
}

static void from_app_base(struct tomcat *t, struct host *h, const char *name)
{
	const char *path = pool_printf(t->pool, "%s/%s", h->app_base, name);
	char *base = pool_str(t->pool, name);
	struct app *a;

	if (ends(name, ".war") && is_file(path))
		base[strlen(name) - 4] = 0;
	else if (!is_dir(path) || strcasecmp(name, "META-INF") == 0 ||
		 strcasecmp(name, "WEB-INF") == 0)
		return;
	if (known_app(t, h, base))
		return;
	a = app_new(t, h, base);
	a->in_app_base = true;
	a->active = h->auto_deploy || h->on_startup;
	settle_doc_base(t, a, base);
	finish_app(t, a);
}

static void each_name(struct tomcat *t, struct host *h, const char *dir, const char *pattern,
		      void (*fn)(struct tomcat *t, struct host *h, const char *name))
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && fnmatch(pattern, names[i]->d_name, 0) == 0)
			fn(t, h, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	else if (errno != ENOENT)
		list_add(t->pool, &t->unreadable,
			 pool_printf(t->pool, "%s: %s", dir, strerror(errno)));
}

/* ---- hosts ---- */

static void add_host(struct tomcat *t, xmlNode *engine, xmlNode *node)
{
	struct host *h = pool_alloc(t->pool, sizeof(*h));

	h->node = node;
	h->engine_node = engine;
	h->engine = tomcat_attr(t, engine, "name", "Catalina");
	h->name = tomcat_attr(t, node, "name", "localhost");
	h->app_base = tomcat_path(t, tomcat_attr(t, node, "appBase", "webapps"));
	h->xml_base =
		tomcat_path(t, tomcat_attr(t, node, "xmlBase",
					   pool_printf(t->pool, "conf/%s/%s", h->engine, h->name)));
	h->auto_deploy = tomcat_flag(t, node, "autoDeploy", true);
	h->on_startup = tomcat_flag(t, node, "deployOnStartup", true);
	h->deploy_xml = tomcat_flag(t, node, "deployXML", true);
	h->defaults =
		xml_load(t->pool, pool_printf(t->pool, "%s/context.xml.default", h->xml_base));
	list_add(t->pool, &t->hosts, h);
	from_server_xml(t, h);
	each_name(t, h, h->xml_base, "*.xml", from_descriptor);
	each_name(t, h, h->app_base, "*", from_app_base);
}

static void find_hosts(struct tomcat *t)
{
	xml_each(service, xml_root(t->server), "Service") xml_each(engine, service, "Engine")
		xml_each(host, engine, "Host") add_host(t, engine, host);
}

static void find_account(struct tomcat *t, const char *was_name)
{
	const struct process *proc = t->dirs->process;
	const struct unit *unit = t->dirs->unit;

	if (proc)
		account_by_uid(t->pool, &t->was, proc->uid[1]);
	else if (unit && !unit->dynamic)
		account_by_name(t->pool, &t->was, unit->user ? unit->user : "root");
	else if (was_name)
		account_by_name(t->pool, &t->was, was_name);
}

/* In split layouts conf is a link: name the files by where they are. */
static const char *conf_dir(struct tomcat *t)
{
	const char *path = pool_printf(t->pool, "%s/conf", t->base);
	char *real = realpath(path, NULL);

	if (real)
		path = pool_str(t->pool, real);
	free(real);
	return path;
}

static void find_properties(struct tomcat *t)
{
	char *text;

	if (t->dirs->process)
		t->props = t->dirs->process->defines;
	props_set(t->pool, &t->props, "catalina.base", t->base);
	props_set(t->pool, &t->props, "catalina.home", t->home);
	text = slurp(pool_printf(t->pool, "%s/catalina.properties", t->conf), 1 << 20, NULL, NULL);
	if (text)
		props_parse(t->pool, &t->props, text);
	free(text);
}

struct tomcat *tomcat_load(struct pool *p, const struct site_dirs *dirs, const char *was_name)
{
	struct tomcat *t = pool_alloc(p, sizeof(*t));

	t->pool = p;
	t->dirs = dirs;
	t->base = dirs->base;
	t->home = dirs->home;
	t->conf = conf_dir(t);
	find_account(t, was_name);
	find_properties(t);
	t->server = xml_load(p, pool_printf(p, "%s/server.xml", t->conf));
	t->web = xml_load(p, pool_printf(p, "%s/web.xml", t->conf));
	t->context = xml_load(p, pool_printf(p, "%s/context.xml", t->conf));
	find_hosts(t);
	t->unclear = t->doubt;
	return t;
}
