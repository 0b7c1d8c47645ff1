// SPDX-License-Identifier: Apache-2.0
/* WT-04: who can read and write the files that hold passwords and keys */
#include <string.h>
#include <unistd.h>
#include "checks.h"
#include "need.h"
#include "users.h"
#include "reach.h"

static struct need need_secret(const struct audit *a)
{
	return is_guide(a) ? (struct need){.guide = true, .limit = 0700}
			   : (struct need){.limit = 0640, .was_group = true, .secret = true};
}

/* Whoever may write a directory above may put another file in the place of this one. */
static void judge_parents(struct audit *a, const char *path)
{
	char *at = pool_str(a->pool, path);
	struct access x;
	char *slash;

	while ((slash = strrchr(at, '/')) && slash != at) {
		*slash = 0;
		if (access_read(at, &a->t->was, &x) == 0 && access_open_dir(&x))
			found(a, V_VULNERABLE, at, 0, "%s: anybody can replace what is in it",
			      access_text(a->pool, &x));
	}
}

static void judge(struct audit *a, const char *path)
{
	struct need n = need_secret(a);

	if (need_judge(a, &n, path) && !is_guide(a))
		judge_parents(a, path);
}

/* Attributes of connectors and their certificates that name files with private keys. */
static void judge_key_files(struct audit *a)
{
	static const char *const names[] = {"keystoreFile", "certificateKeystoreFile",
					    "certificateKeyFile", "SSLCertificateKeyFile"};
	const xmlNode *root = xml_root(a->t->server);

	for (const xmlNode *at = root; at; at = xml_walk(root, at))
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			const char *file = tomcat_attr(a->t, at, names[i], NULL);

			if (!file || strstr(file, "://"))
				continue;
			file = tomcat_path(a->t, file);
			judge(a, file);
			if (reach(file, F_OK) < 0)
				found(a, V_MANUAL, file, xml_line(a->t->server, at),
				      "named by %s, and not there", names[i]);
		}
}

static bool holds_password(struct audit *a, const struct xml *x)
{
	static const char *const names[] = {"password", "connectionPassword", "keystorePass",
					    "certificateKeystorePassword", "secret"};
	const xmlNode *root = xml_root(x);

	for (const xmlNode *at = root; at; at = xml_walk(root, at))
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (xml_attr(a->pool, at, names[i]))
				return true;
	return false;
}

static void judge_jmx(struct audit *a)
{
	const char *named = props_get(&a->t->props, "com.sun.management.jmxremote.password.file");

	judge(a, named ? named : tomcat_path(a->t, "conf/jmxremote.password"));
}

static void run(struct audit *a)
{
	struct user_source s;

	if (!need_server(a))
		return;
	users_load(a->t, &s);
	for (size_t i = 0; i < s.dbs.n; i++)
		judge(a, ((struct user_db *)s.dbs.v[i])->xml->path);
	judge_jmx(a);
	judge_key_files(a);
	if (holds_password(a, a->t->server))
		judge(a, a->t->server->path);
	if (holds_password(a, a->t->context))
		judge(a, a->t->context->path);
	for (size_t i = 0; i < a->t->apps.n; i++) {
		const struct app *app = a->t->apps.v[i];

		if (app->descriptor && holds_password(a, app->descriptor))
			judge(a, app->descriptor->path);
	}
	if (!a->now->findings.n)
		found(a, V_GOOD, a->t->base, 0, "no file with passwords or keys");
}

const struct check check_wt04 = {
	.code = "WT-04",
	.title = "Password file permissions",
	.risk = RISK_HIGH,
	.guide = "owned by the WAS account, 600 or 700",
	.baseline =
		"owned by root or the WAS account, at most 640, group of the WAS account, nobody else",
	.remedy = "chown root:GROUP and chmod 640; or chmod 600 when the WAS account owns it",
	.anchors = "STIG V-222945, V-222946",
	.run = run,
};
