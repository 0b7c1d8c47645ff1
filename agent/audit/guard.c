// SPDX-License-Identifier: Apache-2.0
#define PCRE2_CODE_UNIT_WIDTH 8
#include <arpa/inet.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "guard.h"

/* Strangers. Two of a kind let in: the rule is open, not somebody's own network. */
static const char *const strangers4[] = {"8.8.8.8",	 "45.33.1.250",	 "100.64.7.9",
					 "151.101.1.69", "203.0.113.77", NULL};
static const char *const strangers6[] = {"2001:db8:0:0:0:0:0:1", "2a00:1450:4001:0:0:0:0:200e",
					 "2600:9000:0:0:0:0:0:5", "3fff:0:0:0:0:0:0:9", NULL};
static const char *const stranger_names[] = {"visitor.example.net", "host-7.example.org",
					     "crawler.invalid", NULL};

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 &&
	       (!rest || ((a[whole] ^ b[whole]) & (0xff00 >> rest) & 0xff) == 0);
}

static int cidr_one(char *entry, const unsigned char *address, int family)
{
	unsigned char net[16];
	char *slash = strchr(entry, '/'), *end;
	int own = strchr(entry, ':') ? AF_INET6 : AF_INET;
	unsigned long bits = own == AF_INET ? 32 : 128, most = bits;

	if (slash) {
		*slash = 0;
		bits = strtoul(slash + 1, &end, 10);
		if (!slash[1] || *end || bits > most)
			return -1;
	}
	if (inet_pton(own, entry, net) != 1)
		return -1;
	return own == family && same_bits(net, address, bits);
}

int cidr_match(const char *list, const char *address)
{
	int family = strchr(address, ':') ? AF_INET6 : AF_INET, hit = 0;
	unsigned char bytes[16];
	char *copy = strdup(list), *save, *entry;

	if (!copy || inet_pton(family, address, bytes) != 1)
		hit = -1;
	for (entry = hit < 0 ? NULL : strtok_r(copy, ", \t\r\n", &save); entry;
	     entry = strtok_r(NULL, ", \t\r\n", &save)) {
		int one = cidr_one(entry, bytes, family);

		if (one < 0) {
			hit = -1;
			break;
		}
		hit |= one;
	}
	free(copy);
	return hit;
}

/* The whole address against one regular expression, bounded: some take for ever. */
static int regex_match(const char *pattern, const char *subject)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	int error, r = -1;
	size_t offset;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &offset, NULL);
	pcre2_match_data *data = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;

	if (data && limits) {
		pcre2_set_match_limit(limits, 100000);
		r = pcre2_match(code, (PCRE2_SPTR)subject, PCRE2_ZERO_TERMINATED, 0, 0, data,
				limits);
		r = r >= 0 ? 1 : r == PCRE2_ERROR_NOMATCH ? 0 : -1;
	}
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	pcre2_match_context_free(limits);
	return r;
}

typedef int matcher(const char *rule, const char *subject);

/* How many get in; -1: the rule cannot be read. */
static int count(matcher *match, const char *rule, const char *const *subjects)
{
	int hits = 0;

	for (; *subjects; subjects++) {
		int r = match(rule, *subjects);

		if (r < 0)
			return -1;
		hits += r;
	}
	return hits;
}

static void judge_addresses(matcher *match, const char *allow, struct guard_view *out)
{
	int v4 = count(match, allow, strangers4), v6 = count(match, allow, strangers6);

	if (v4 < 0 || v6 < 0) {
		out->guard = GUARD_UNSURE;
		out->why = "its list cannot be understood";
	} else if (v4 > 1 || v6 > 1) {
		out->guard = GUARD_OPEN;
		out->why = v4 > 1 ? "its list lets the whole Internet in"
				  : "its list lets every IPv6 client in";
	} else {
		out->guard = GUARD_SHUT;
		out->no_ipv6_loopback = match(allow, "127.0.0.1") > 0 &&
					match(allow, "0:0:0:0:0:0:0:1") <= 0 &&
					match(allow, "::1") <= 0;
		out->loopback_only = v4 + v6 == 0 && match(allow, "127.0.0.1") > 0 &&
				     match(allow, "192.168.0.9") <= 0 &&
				     match(allow, "10.0.0.9") <= 0;
	}
}

static void judge_names(const char *allow, struct guard_view *out)
{
	int hits = count(regex_match, allow, stranger_names);

	out->guard = hits < 0 ? GUARD_UNSURE : hits > 1 ? GUARD_OPEN : GUARD_SHUT;
	out->why = hits < 0 ? "its list cannot be understood" : "its list lets every name in";
}

void guard_judge(struct pool *p, const char *class, const char *allow, const char *deny,
		 struct guard_view *out)
{
	const char *kind = strrchr(class, '.');

	kind = kind ? kind + 1 : class;
	out->guard = GUARD_NONE;
	if (strncmp(class, "org.apache.catalina.valves.Remote", 33) != 0 &&
	    strncmp(class, "org.apache.catalina.filters.Remote", 34) != 0)
		return;
	out->what = pool_printf(p, "%s allow=\"%s\"", kind, allow ? allow : "");
	if (!allow || !*allow) {
		if (strncmp(kind, "RemoteIp", 8) == 0)
			return;
		out->guard = GUARD_OPEN;
		out->why = deny ? "it only denies, all others get in" : "it has no list of its own";
	} else if (strncmp(kind, "RemoteCIDR", 10) == 0) {
		judge_addresses(cidr_match, allow, out);
	} else if (strncmp(kind, "RemoteAddr", 10) == 0) {
		judge_addresses(regex_match, allow, out);
	} else if (strncmp(kind, "RemoteHost", 10) == 0) {
		judge_names(allow, out);
	}
}

/* The best guard counts: requests pass all of them. */
static void take(struct guard_view *best, struct guard_view *one, const char *file, int line)
{
	if (one->guard <= best->guard)
		return;
	one->file = file;
	one->line = line;
	*best = *one;
}

static void judge_valves(struct tomcat *t, const struct scope *s, struct guard_view *best)
{
	xml_each(valve, s->node, "Valve")
	{
		struct guard_view one = {0};

		guard_judge(t->pool, tomcat_attr(t, valve, "className", ""),
			    tomcat_attr(t, valve, "allow", NULL),
			    tomcat_attr(t, valve, "deny", NULL), &one);
		if (one.guard == GUARD_SHUT && tomcat_flag(t, valve, "addConnectorPort", false)) {
			one.guard = GUARD_UNSURE;
			one.why = "it looks at ports as well";
		}
		take(best, &one, s->xml->path, xml_line(s->xml, valve));
	}
}

static const char *init_param(struct tomcat *t, const xmlNode *in, const char *name)
{
	xml_each(param, in, "init-param")
	{
		const char *key = xml_child_text(t->pool, param, "param-name");

		if (key && strcmp(key, name) == 0)
			return tomcat_value(t, xml_child_text(t->pool, param, "param-value"));
	}
	return NULL;
}

/* A filter that sees only part of the paths guards nothing. */
static bool covers_all(struct tomcat *t, const xmlNode *web, const char *filter)
{
	xml_each(mapping, web, "filter-mapping")
	{
		const char *name = xml_child_text(t->pool, mapping, "filter-name");

		if (!name || strcmp(name, filter) != 0)
			continue;
		xml_each(pattern, mapping, "url-pattern") if (strcmp(xml_text(t->pool, pattern),
								     "/*") == 0) return true;
	}
	return false;
}

static void judge_filters(struct tomcat *t, const struct app *app, struct guard_view *best)
{
	const xmlNode *web = xml_root(app->web);

	xml_each(filter, web, "filter")
	{
		const char *class = xml_child_text(t->pool, filter, "filter-class");
		const char *name = xml_child_text(t->pool, filter, "filter-name");
		struct guard_view one = {0};

		if (!class || !name || !covers_all(t, web, name))
			continue;
		guard_judge(t->pool, class, init_param(t, filter, "allow"),
			    init_param(t, filter, "deny"), &one);
		take(best, &one, app->web->path, xml_line(app->web, filter));
	}
}

/* A proxy in front, by what the connectors say: then every client has the proxy's address. */
static bool behind_proxy(struct tomcat *t)
{
	const xmlNode *root = xml_root(t->server);

	for (const xmlNode *at = root; at; at = xml_walk(root, at))
		if (xml_is(at, "Connector") &&
		    (xml_attr(t->pool, at, "proxyName") || xml_attr(t->pool, at, "proxyPort")))
			return true;
	return false;
}

static bool has_remote_ip(struct tomcat *t, const struct scope *scopes, int n)
{
	for (int i = 0; i < n; i++)
		xml_each(valve, scopes[i].node,
			 "Valve") if (strcmp(tomcat_attr(t, valve, "className", ""),
					     "org.apache.catalina.valves.RemoteIpValve") ==
				      0) return true;
	return false;
}

void guard_app(struct tomcat *t, const struct app *app, struct guard_view *out)
{
	struct scope scopes[SCOPES_MAX];
	int n = app_scopes(t, app, scopes);

	*out = (struct guard_view){0};
	for (int i = 0; i < n; i++)
		judge_valves(t, &scopes[i], out);
	judge_filters(t, app, out);
	if (out->guard == GUARD_SHUT && out->loopback_only && behind_proxy(t) &&
	    !has_remote_ip(t, scopes, n)) {
		out->guard = GUARD_UNSURE;
		out->why = "a proxy stands in front and no RemoteIpValve: every client looks local";
	}
}
