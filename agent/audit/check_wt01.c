// SPDX-License-Identifier: Apache-2.0
/* WT-01: who can reach the pages that administer the server */
#include <string.h>
#include "checks.h"
#include "guard.h"
#include "plan.h"

static const char *valve(struct audit *a)
{
	return pool_printf(a->pool,
			   "<Valve className=\"org.apache.catalina.valves.RemoteCIDRValve\" "
			   "allow=\"%s\"/>",
			   xml_escape(a->pool, a->set->allow));
}

/*
 * A descriptor replaces META-INF/context.xml, and with it what the authors of the manager
 * set there to harden it. Those settings come along with the valve.
 */
static const char *lines_to_add(struct audit *a, const struct app *app)
{
	static const char *const carried[] = {"CookieProcessor", "Manager"};
	const char *lines = valve(a);

	if (!app->meta || app->context == app->meta)
		return lines;
	for (size_t i = 0; i < sizeof(carried) / sizeof(*carried); i++) {
		xmlNode *node = xml_child(xml_root(app->meta), carried[i]);

		if (node && !xml_child(app->node, carried[i]))
			lines = pool_printf(a->pool, "%s\n%s", lines,
					    edit_raw(a->pool, app->meta, node));
	}
	return lines;
}

static void plan_valve(struct audit *a, struct finding *f, const struct app *app)
{
	struct err err;

	if (app->archive && !app->descriptor) {
		remedy(a, f, "unpack the archive, or give it a descriptor %s/%s.xml with: %s",
		       app->host->xml_base, app->base, valve(a));
	} else if (app->context && app->context->state == XML_FINE) {
		if (edit_insert_child(a->pool, plan_edit(a, app->context, 'C'), app->context,
				      app->node, lines_to_add(a, app), &err) < 0)
			plan_refused(a, f, &err);
		else
			plan_for(f, 'C');
	} else if (!app->context) {
		plan_create(a, pool_printf(a->pool, "%s/%s.xml", app->host->xml_base, app->base),
			    pool_printf(a->pool,
					"<Context privileged=\"true\">\n  %s\n</Context>\n",
					lines_to_add(a, app)),
			    0640, 'C');
		plan_for(f, 'C');
	}
}

static bool is_loopback(const char *address)
{
	return address && (strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
			   strcmp(address, "localhost") == 0);
}

/* No connector listens to the network. */
static bool loopback_only(struct audit *a)
{
	const xmlNode *root = xml_root(a->t->server);
	int connectors = 0;

	for (const xmlNode *at = root; at; at = xml_walk(root, at)) {
		if (!xml_is(at, "Connector"))
			continue;
		connectors++;
		if (!is_loopback(tomcat_attr(a->t, at, "address", NULL)))
			return false;
	}
	return connectors > 0;
}

static void judge_bare(struct audit *a, const struct app *app, const struct guard_view *v)
{
	const char *file = app->context ? app->context->path : app->doc_base;
	struct finding *f;

	if (loopback_only(a) && !is_guide(a)) {
		found(a, V_MANUAL, app->label, 0,
		      "no restriction of its own; the connectors listen on loopback only: a proxy here would open it");
		return;
	}
	if (v->guard == GUARD_OPEN)
		f = found(a, V_VULNERABLE, v->file, v->line, "%s: %s, and %s", app->label, v->what,
			  lang_tr(a->set->lang, v->why));
	else
		f = found(a, V_VULNERABLE, file,
			  xml_line(app->context ? app->context : app->web,
				   app->context ? app->node : NULL),
			  "%s: no restriction by address in the effective context", app->label);
	if (v->guard == GUARD_OPEN)
		remedy(a, f, "narrow the list in %s:%d to the administrators' networks", v->file,
		       v->line);
	plan_valve(a, f, app);
}

static void note_extras(struct audit *a, const struct app *app)
{
	const xmlNode *web = xml_root(app->web);
	bool confidential = false, lockout = false;
	const xmlNode *server = xml_root(a->t->server);

	for (const xmlNode *at = web; at; at = xml_walk(web, at))
		if (xml_is(at, "transport-guarantee"))
			confidential |= strcmp(xml_text(a->pool, at), "CONFIDENTIAL") == 0;
	for (const xmlNode *at = server; at; at = xml_walk(server, at))
		lockout |= xml_is(at, "Realm") &&
			   strstr(tomcat_attr(a->t, at, "className", ""), "LockOutRealm");
	if (!confidential)
		found_note(a, app->web->path, 0, "%s: also answers without TLS", app->label);
	if (!lockout)
		found_note(a, a->t->server->path, 0,
			   "no LockOutRealm: passwords can be guessed at leisure");
}

static void judge(struct audit *a, const struct app *app)
{
	struct guard_view v;

	guard_app(a->t, app, &v);
	if (app->context && !found_readable(a, app->context))
		return;
	if (v.guard == GUARD_SHUT) {
		found(a, V_GOOD, v.file, v.line, "%s: %s", app->label, v.what);
		if (v.no_ipv6_loopback)
			found_note(a, v.file, v.line,
				   "%s: the list has no ::1, so localhost by IPv6 is shut out",
				   app->label);
	} else if (v.guard == GUARD_UNSURE) {
		found(a, V_MANUAL, v.file, v.line, "%s: %s, and %s", app->label, v.what,
		      lang_tr(a->set->lang, v.why));
	} else {
		judge_bare(a, app, &v);
	}
	if (!is_guide(a))
		note_extras(a, app);
}

static void run(struct audit *a)
{
	if (!need_server(a))
		return;
	found_readable(a, a->t->context);
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];

		if (!app->active)
			continue;
		if (app_is_manager(app))
			judge(a, app);
		else
			found_app_readable(a, app); /* it may be a manager */
	}
	if (!a->now->findings.n)
		found(a, V_GOOD, a->t->base, 0, "no manager is deployed");
}

const struct check check_wt01 = {
	.code = "WT-01",
	.title = "Restrict access to administration pages",
	.risk = RISK_HIGH,
	.guide = "access to the manager pages is restricted",
	.baseline = "every manager lets in listed addresses only",
	.remedy = "add a RemoteCIDRValve to the effective context of the manager",
	.anchors = "STIG V-222970",
	.layout = true,
	.run = run,
};
