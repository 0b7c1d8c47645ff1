// SPDX-License-Identifier: Apache-2.0
/* WT-02: accounts under names that everybody tries first */
#include <string.h>
#include <strings.h>
#include "checks.h"
#include "plan.h"
#include "users.h"
#include "words.h"

static const char *renamed(struct audit *a, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < a->set->renames.n; i++) {
		const char *rule = a->set->renames.v[i];

		if (strncmp(rule, name, n) == 0 && rule[n] == '=')
			return rule + n + 1;
	}
	return NULL;
}

static bool named_badly(const struct list *words, const struct user *u)
{
	return words_find(words, u->name) != NULL;
}

/* Nobody could administer this server any more if all badly named accounts went. */
static bool locks_out(const struct user_db *db, const struct list *words)
{
	for (size_t i = 0; i < db->users.n; i++) {
		const struct user *u = db->users.v[i];

		if (u->admin && !named_badly(words, u))
			return false;
	}
	return true;
}

static void plan_account(struct audit *a, struct finding *f, const struct user_db *db,
			 const struct user *u, const struct list *words)
{
	const char *to = renamed(a, u->name);
	const char *attr = xml_attr(a->pool, u->node, "username") ? "username" : "name";
	struct err err;
	int r;

	if (!to && u->admin && locks_out(db, words)) {
		remedy(a, f,
		       "the last administrator is not removed: --rename %s=NEWNAME renames it",
		       u->name);
		return;
	}
	if (to)
		r = edit_set_attr(a->pool, plan_edit(a, u->xml, 'C'), u->xml, u->node, attr, to,
				  &err);
	else
		r = edit_comment_out(a->pool, plan_edit(a, u->xml, 'C'), u->xml, u->node, &err);
	if (r < 0)
		plan_refused(a, f, &err);
	else
		plan_for(f, 'C');
}

static void note_roles(struct audit *a, const struct user *u)
{
	if (has_role(u, "manager-gui") &&
	    (has_role(u, "manager-script") || has_role(u, "manager-jmx")))
		found_note(
			a, u->xml->path, u->line,
			"user \"%s\" has manager-gui with manager-script or -jmx: CSRF protection is bypassed",
			u->name);
	for (const char *at = u->roles; *at; at += strcspn(at, ","), at += strspn(at, ", ")) {
		size_t n = strcspn(at, ", ");

		if ((n == 7 && strncmp(at, "manager", n) == 0) ||
		    (n == 5 && strncmp(at, "admin", n) == 0) ||
		    (n == 8 && strncmp(at, "standard", n) == 0))
			found_note(
				a, u->xml->path, u->line,
				"user \"%s\" has the role \"%.*s\", without meaning since Tomcat 7",
				u->name, (int)n, at);
	}
}

static void judge_db(struct audit *a, const struct user_db *db, const struct list *words)
{
	bool any = false;

	if (!found_readable(a, db->xml))
		return;
	for (size_t i = 0; i < db->users.n; i++) {
		const struct user *u = db->users.v[i];
		struct finding *f;

		if (!is_guide(a))
			note_roles(a, u);
		if (!named_badly(words, u))
			continue;
		f = found(a, V_VULNERABLE, db->xml->path, u->line,
			  "well-known account name \"%s\" (roles: %s)", u->name, u->roles);
		f->risk = u->admin ? RISK_HIGH : RISK_MEDIUM;
		plan_account(a, f, db, u, words);
		any = true;
	}
	if (!any && !db->users.n)
		found(a, V_GOOD, db->xml->path, 0, "no active account");
	else if (!any)
		found(a, V_GOOD, db->xml->path, 0, "%zu accounts, none under a well-known name",
		      db->users.n);
}

static void run(struct audit *a)
{
	struct user_source s;
	struct list words = {0};

	if (!need_server(a))
		return;
	users_load(a->t, &s);
	words_accounts(a->pool, &words);
	for (size_t i = 0; i < s.dbs.n; i++)
		judge_db(a, s.dbs.v[i], &words);
	for (size_t i = 0; i < s.external.n; i++)
		found(a, V_MANUAL, a->t->server->path, 0, "accounts are kept elsewhere: %s",
		      (const char *)s.external.v[i]);
	if (!s.dbs.n && !s.external.n)
		found(a, V_GOOD, a->t->server->path, 0, "no realm with accounts");
}

const struct check check_wt02 = {
	.code = "WT-02",
	.title = "Change default administrator account names",
	.risk = RISK_HIGH,
	.guide = "no default account is in use",
	.baseline = "no active account has a well-known name",
	.remedy = "comment out or rename the account",
	.anchors = "STIG V-222962",
	.run = run,
};
