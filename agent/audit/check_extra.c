// SPDX-License-Identifier: Apache-2.0
/* WX-01..11: what the guide does not ask for and a careful administrator does */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "checks.h"

/* Calls fn for every element so named in server.xml; how many there were. */
static int each_element(struct audit *a, const char *name,
			void (*fn)(struct audit *a, const xmlNode *node, int line))
{
	const xmlNode *root = xml_root(a->t->server);
	int n = 0;

	for (const xmlNode *at = root; at; at = xml_walk(root, at))
		if (xml_is(at, name)) {
			fn(a, at, xml_line(a->t->server, at));
			n++;
		}
	return n;
}

#define SERVER(a) ((a)->t->server->path)

static void good_if_silent(struct audit *a, const char *why)
{
	if (!a->now->findings.n)
		found(a, V_GOOD, SERVER(a), 0, "%s", lang_tr(a->set->lang, why));
}

static void run_shutdown(struct audit *a)
{
	const xmlNode *root;
	const char *port, *word;

	if (!need_server(a))
		return;
	root = xml_root(a->t->server);
	port = tomcat_attr(a->t, root, "port", "8005");
	word = tomcat_attr(a->t, root, "shutdown", "SHUTDOWN");
	if (strcmp(port, "-1") == 0)
		found(a, V_GOOD, SERVER(a), xml_line(a->t->server, root), "shutdown port is off");
	else if (strcmp(word, "SHUTDOWN") == 0)
		found(a, V_VULNERABLE, SERVER(a), xml_line(a->t->server, root),
		      "shutdown port %s is open with the default word", port);
	else
		found(a, V_VULNERABLE, SERVER(a), xml_line(a->t->server, root),
		      "shutdown port %s is open", port);
}

static bool is_ajp(struct audit *a, const xmlNode *connector)
{
	return strncasecmp(tomcat_attr(a->t, connector, "protocol", "HTTP/1.1"), "AJP", 3) == 0 ||
	       strstr(tomcat_attr(a->t, connector, "protocol", ""), ".ajp.") != NULL;
}

static void ajp(struct audit *a, const xmlNode *node, int line)
{
	if (!is_ajp(a, node))
		return;
	if (!*tomcat_attr(a->t, node, "secret", ""))
		found(a, V_VULNERABLE, SERVER(a), line, "AJP connector without a secret");
	else if (!xml_attr(a->pool, node, "address"))
		found_note(a, SERVER(a), line,
			   "AJP connector without an address: loopback by default since 9.0.31");
	else
		found(a, V_GOOD, SERVER(a), line, "AJP connector with secret and address");
}

static void run_ajp(struct audit *a)
{
	if (!need_server(a))
		return;
	each_element(a, "Connector", ajp);
	good_if_silent(a, "no AJP connector");
}

static void deploying(struct audit *a, const xmlNode *node, int line)
{
	const char *name = tomcat_attr(a->t, node, "name", "?");

	if (tomcat_flag(a->t, node, "autoDeploy", true))
		found(a, V_VULNERABLE, SERVER(a), line, "host %s: autoDeploy is on", name);
	if (tomcat_flag(a->t, node, "deployXML", true))
		found(a, V_VULNERABLE, SERVER(a), line, "host %s: deployXML is on", name);
}

static void run_deploy(struct audit *a)
{
	if (!need_server(a))
		return;
	each_element(a, "Host", deploying);
	good_if_silent(a, "autoDeploy and deployXML are off");
}

static void talking(struct audit *a, const xmlNode *node, int line)
{
	if (tomcat_flag(a->t, node, "allowTrace", false))
		found(a, V_VULNERABLE, SERVER(a), line, "allowTrace is on");
	if (tomcat_flag(a->t, node, "xpoweredBy", false))
		found(a, V_VULNERABLE, SERVER(a), line, "xpoweredBy is on");
	if (strcasestr(tomcat_attr(a->t, node, "server", ""), "tomcat") ||
	    strcasestr(tomcat_attr(a->t, node, "server", ""), "coyote"))
		found(a, V_VULNERABLE, SERVER(a), line, "the server header names the product");
}

static void run_talk(struct audit *a)
{
	if (!need_server(a))
		return;
	each_element(a, "Connector", talking);
	good_if_silent(a, "TRACE, X-Powered-By and the server header give nothing away");
}

static void run_privileged(struct audit *a)
{
	if (!need_server(a))
		return;
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];

		if (app->active && app->node && tomcat_flag(a->t, app->node, "privileged", false) &&
		    !app_is_manager(app))
			found(a, V_VULNERABLE, app->context->path,
			      xml_line(app->context, app->node),
			      "%s: privileged, and not a manager", app->label);
	}
	good_if_silent(a, "no privileged application but managers");
}

static void tls(struct audit *a, const xmlNode *node, int line)
{
	static const char *const old[] = {"SSLv2",  "SSLv3",  "TLSv1.0", "TLSv1.1",
					  "TLSv1+", "TLSv1,", "all"};
	const char *list = tomcat_attr(a->t, node, "protocols",
				       tomcat_attr(a->t, node, "sslEnabledProtocols", ""));
	size_t n = strlen(list);

	for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++)
		if (strcasestr(list, old[i]) || (n >= 5 && strcmp(list + n - 5, "TLSv1") == 0)) {
			found(a, V_VULNERABLE, SERVER(a), line, "TLS below 1.2 is allowed: %s",
			      list);
			return;
		}
}

static void run_tls(struct audit *a)
{
	if (!need_server(a))
		return;
	each_element(a, "SSLHostConfig", tls);
	each_element(a, "Connector", tls);
	good_if_silent(a, "no connector allows TLS below 1.2");
}

static void run_cookies(struct audit *a)
{
	const xmlNode *root;

	if (!need_server(a))
		return;
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];

		if (app->active && app->node && !tomcat_flag(a->t, app->node, "useHttpOnly", true))
			found(a, V_VULNERABLE, app->context->path,
			      xml_line(app->context, app->node), "%s: useHttpOnly is off",
			      app->label);
	}
	root = xml_root(a->t->context);
	if (root && !tomcat_flag(a->t, root, "useHttpOnly", true))
		found(a, V_VULNERABLE, a->t->context->path, xml_line(a->t->context, root),
		      "useHttpOnly is off for all applications");
	good_if_silent(a, "session cookies are HttpOnly");
}

static void lockout(struct audit *a, const xmlNode *node, int line)
{
	if (!strstr(tomcat_attr(a->t, node, "className", ""), "LockOutRealm"))
		return;
	if (strtol(tomcat_attr(a->t, node, "failureCount", "5"), NULL, 10) > 5 ||
	    strtol(tomcat_attr(a->t, node, "lockOutTime", "300"), NULL, 10) < 300)
		found(a, V_VULNERABLE, SERVER(a), line,
		      "LockOutRealm lets more than 5 failures pass, or locks for less than 300 s");
	else
		found(a, V_GOOD, SERVER(a), line, "LockOutRealm is set");
}

static void run_lockout(struct audit *a)
{
	if (!need_server(a))
		return;
	each_element(a, "Realm", lockout);
	if (!a->now->findings.n)
		found(a, V_VULNERABLE, SERVER(a), 0,
		      "no LockOutRealm: passwords can be guessed at leisure");
}

static void run_jmx(struct audit *a)
{
	const char *port = props_get(&a->t->props, "com.sun.management.jmxremote.port");
	const char *auth = props_get(&a->t->props, "com.sun.management.jmxremote.authenticate");
	const char *ssl = props_get(&a->t->props, "com.sun.management.jmxremote.ssl");

	if (!a->t->dirs->process)
		found(a, V_MANUAL, a->t->base, 0, "not running: its arguments are not known");
	else if (port && ((auth && strcasecmp(auth, "false") == 0) ||
			  (ssl && strcasecmp(ssl, "false") == 0)))
		found(a, V_VULNERABLE, pool_printf(a->pool, "pid %d", a->t->dirs->process->pid), 0,
		      "JMX on port %s without authentication or TLS", port);
	else
		found(a, V_GOOD, pool_printf(a->pool, "pid %d", a->t->dirs->process->pid), 0,
		      port ? "JMX on port %s with authentication and TLS" : "no remote JMX%s",
		      port ? port : "");
}

static void run_linking(struct audit *a)
{
	if (!need_server(a))
		return;
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];

		for (const xmlNode *at = app->active ? app->node : NULL; at;
		     at = xml_walk(app->node, at))
			if (tomcat_flag(a->t, at, "allowLinking", false))
				found(a, V_VULNERABLE, app->context->path,
				      xml_line(app->context, at), "%s: allowLinking is on",
				      app->label);
	}
	good_if_silent(a, "no application follows links out of its directory");
}

static void run_access_log(struct audit *a)
{
	if (!need_server(a))
		return;
	for (size_t i = 0; i < a->t->hosts.n; i++) {
		const struct host *h = a->t->hosts.v[i];
		bool any = false;

		xml_each(valve, h->node, "Valve") any |=
			strstr(tomcat_attr(a->t, valve, "className", ""), "AccessLogValve") != NULL;
		xml_each(valve, h->engine_node, "Valve") any |=
			strstr(tomcat_attr(a->t, valve, "className", ""), "AccessLogValve") != NULL;
		if (!any)
			found(a, V_VULNERABLE, SERVER(a), xml_line(a->t->server, h->node),
			      "host %s: no access log", h->name);
	}
	good_if_silent(a, "every host has an access log");
}

#define EXTRA(name, num, heading, level, want, how, where, fn)                                     \
	const struct check name = {.code = "WX-" num,                                              \
				   .title = heading,                                               \
				   .risk = level,                                                  \
				   .guide = want,                                                  \
				   .baseline = want,                                               \
				   .remedy = how,                                                  \
				   .anchors = where,                                               \
				   .run = fn}

EXTRA(check_wx01, "01", "Shutdown port", RISK_MEDIUM, "port -1", "set port=\"-1\" on Server",
      "STIG V-222951", run_shutdown);
EXTRA(check_wx02, "02", "AJP connector", RISK_HIGH, "none, or with secret and address",
      "remove the connector, or set secret and address", "", run_ajp);
EXTRA(check_wx03, "03", "Automatic deployment", RISK_LOW, "autoDeploy and deployXML off",
      "set autoDeploy=\"false\" deployXML=\"false\" on Host", "STIG V-222955, V-222956",
      run_deploy);
EXTRA(check_wx04, "04", "TRACE and headers that name the product", RISK_LOW,
      "allowTrace and xpoweredBy off, no telling server header", "remove the attributes",
      "STIG V-222957", run_talk);
EXTRA(check_wx05, "05", "Privileged applications", RISK_MEDIUM, "none but managers",
      "remove privileged=\"true\"", "STIG V-222961", run_privileged);
EXTRA(check_wx06, "06", "TLS version", RISK_HIGH, "TLS 1.2 or later",
      "set protocols=\"TLSv1.2+TLSv1.3\"", "STIG V-222929", run_tls);
EXTRA(check_wx07, "07", "Cookie flags", RISK_MEDIUM, "session cookies HttpOnly",
      "remove useHttpOnly=\"false\"", "", run_cookies);
EXTRA(check_wx08, "08", "Lock-out after failed log-ins", RISK_MEDIUM,
      "LockOutRealm with at most 5 failures and at least 300 s", "wrap the realm in a LockOutRealm",
      "", run_lockout);
EXTRA(check_wx09, "09", "Remote JMX", RISK_HIGH, "none, or with authentication and TLS",
      "set authenticate and ssl to true", "STIG V-222963, V-222964", run_jmx);
EXTRA(check_wx10, "10", "Links out of an application", RISK_LOW, "allowLinking off",
      "remove allowLinking=\"true\"", "", run_linking);
EXTRA(check_wx11, "11", "Access log", RISK_LOW, "an access log on every host",
      "add an AccessLogValve", "STIG V-222930", run_access_log);
