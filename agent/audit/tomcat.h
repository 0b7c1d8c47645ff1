/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tomcat - one server as it is really configured
 *
 * What counts is the effective context of each application: a descriptor in xmlBase
 * replaces the application's own META-INF/context.xml, and valves of engine, host and the
 * default contexts apply to it too. The rules were observed on Tomcat 10.1.
 */
#ifndef WD_AUDIT_TOMCAT_H
#define WD_AUDIT_TOMCAT_H

#include "access.h"
#include "discover.h"
#include "xml.h"

struct host {
	const char *name, *engine;
	const char *app_base, *xml_base;
	bool auto_deploy, on_startup, deploy_xml;
	xmlNode *node, *engine_node; /* in server.xml */
	struct xml *defaults;	     /* xmlBase/context.xml.default */
};

enum app_kind { APP_OTHER, APP_MANAGER, APP_HOST_MANAGER, APP_ADMIN, APP_EXAMPLES };

struct app {
	struct host *host;
	const char *label;    /* /manager, / for ROOT, /app##2 */
	const char *path;     /* /manager, "" for ROOT */
	const char *base;     /* name of its files: manager, ROOT, foo#bar */
	const char *doc_base; /* directory, or the archive when there is only that */
	bool archive, in_app_base;
	bool active;		/* deployed; else its files only lie there */
	struct xml *descriptor; /* xmlBase/base.xml; NULL: none */
	struct xml *meta;	/* META-INF/context.xml; NULL: none, or not looked at */
	/* The effective context: its file and element. NULL: neither of them. */
	struct xml *context;
	xmlNode *node;
	struct xml *web; /* WEB-INF/web.xml */
	enum app_kind kind;
};

/* One place whose settings apply to an application. */
struct scope {
	const struct xml *xml;
	xmlNode *node;
};
#define SCOPES_MAX 5

struct tomcat {
	struct pool *pool;
	const struct site_dirs *dirs;
	const char *base, *home, *conf;
	struct account was; /* the account the JVM runs as */
	struct props props;
	struct xml *server, *web, *context;
	struct list hosts; /* struct host */
	struct list apps;  /* struct app */
	/* A value that could not be resolved since the last look; NULL: none. */
	const char *doubt;
	const char *unclear;	/* the same, of the layout: where applications are */
	struct list unreadable; /* const char *: directories of the layout, and why */
};

/* was_name: what to take for the account when neither process nor unit tells; may be NULL. */
struct tomcat *tomcat_load(struct pool *p, const struct site_dirs *dirs, const char *was_name);

/* ${...} resolved; on an unknown name t->doubt says so and the text stays. NULL for NULL. */
const char *tomcat_value(struct tomcat *t, const char *text);
/* An attribute, resolved; `other` when absent. */
const char *tomcat_attr(struct tomcat *t, const xmlNode *node, const char *name, const char *other);
bool tomcat_flag(struct tomcat *t, const xmlNode *node, const char *name, bool other);
const char *tomcat_path(struct tomcat *t, const char *path); /* relative to base */

/* Outermost first; files that cannot be read are among them (node NULL). */
int app_scopes(const struct tomcat *t, const struct app *a, struct scope out[SCOPES_MAX]);
struct xml *app_file(struct tomcat *t, const struct app *a, const char *name);
bool app_is_manager(const struct app *a);

#endif
