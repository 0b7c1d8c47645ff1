// SPDX-License-Identifier: Apache-2.0
/* WT-03: are the passwords good enough, and how are they kept */
#include <string.h>
#include "checks.h"
#include "password.h"
#include "plan.h"
#include "users.h"
#include "words.h"

/* With hashes nothing shows but whether a weak one was hashed. */
static void judge_hashed(struct audit *a, const struct user_db *db, const struct user *u,
			 const struct list *weak)
{
	int r = password_matches(u->password, db->algorithm, u->name);

	for (size_t i = 0; r == 0 && i < weak->n; i++)
		r = password_matches(u->password, db->algorithm, weak->v[i]);
	if (r > 0)
		found(a, V_VULNERABLE, u->xml->path, u->line,
		      "password of \"%s\" is hashed and among those everybody tries", u->name);
	else if (r < 0)
		found(a, V_MANUAL, u->xml->path, u->line,
		      "password of \"%s\" is not in the form of %s: plain text or another handler's",
		      u->name, db->algorithm);
	else
		found(a, V_GOOD, u->xml->path, u->line,
		      "password of \"%s\" is hashed (%s), not among the weak ones", u->name,
		      db->algorithm);
}

static void judge_plain(struct audit *a, const struct user *u, const struct list *weak)
{
	const char *why = password_weakness(u->password, u->name, weak, !is_guide(a));
	struct finding *f;

	if (why) {
		f = found(a, V_VULNERABLE, u->xml->path, u->line, "password of \"%s\" is weak: %s",
			  u->name, lang_tr(a->set->lang, why));
		f->risk = u->admin ? RISK_HIGH : RISK_MEDIUM;
	} else if (is_guide(a)) {
		found(a, V_GOOD, u->xml->path, u->line, "password of \"%s\" meets the policy",
		      u->name);
	} else {
		f = found(a, V_VULNERABLE, u->xml->path, u->line,
			  "password of \"%s\" is kept as plain text", u->name);
		f->risk = RISK_MEDIUM;
	}
}

/*
 * All passwords of a file change their form together, for the handler of a realm reads them
 * all alike. Weak ones are replaced by generated ones, shown in the preview and nowhere else.
 */
static int plan_hashes(struct audit *a, const struct user_db *db, const struct list *weak,
		       const char **shown, struct err *err)
{
	struct edit *e = plan_edit(a, db->xml, 'C');

	for (size_t i = 0; i < db->users.n; i++) {
		const struct user *u = db->users.v[i];
		const char *password = u->password, *hash;

		if (!password || password_weakness(password, u->name, weak, true)) {
			password = password_generate(a->pool, err);
			if (!password)
				return -1;
			*shown = pool_printf(a->pool, "%s%s%s = %s", *shown, **shown ? ", " : "",
					     u->name, password);
		}
		hash = password_hash(a->pool, password, err);
		if (!hash || edit_set_attr(a->pool, e, db->xml, u->node, "password", hash, err) < 0)
			return -1;
	}
	return edit_insert_child(a->pool, plan_edit(a, a->t->server, 'C'), a->t->server, db->realm,
				 PASSWORD_HANDLER, err);
}

static void plan_db(struct audit *a, const struct user_db *db, const struct list *weak,
		    size_t first)
{
	const char *shown = "";
	struct finding *f = NULL;
	struct err err;

	for (size_t i = first; i < a->now->findings.n; i++)
		if (((struct finding *)a->now->findings.v[i])->verdict == V_VULNERABLE)
			f = a->now->findings.v[i];
	/* New passwords are made only when they are about to be written. */
	if (!f || db->storage != STORED_PLAIN || !db->realm || db->realm->doc != a->t->server->doc)
		return;
	plan_for(f, 'C');
	if (!a->set->fix)
		return;
	if (plan_hashes(a, db, weak, &shown, &err) < 0) {
		a->now->changes.n = 0;
		plan_refused(a, f, &err);
		f->fix = 'M';
		return;
	}
	remedy(a, f, "hashes instead of plain text; new passwords, shown only now: %s",
	       *shown ? shown : "-");
}

static void judge_db(struct audit *a, const struct user_db *db, const struct list *weak)
{
	size_t first = a->now->findings.n;

	if (!found_readable(a, db->xml))
		return;
	if (!db->users.n)
		found(a, V_GOOD, db->xml->path, 0, "no accounts");
	for (size_t i = 0; i < db->users.n; i++) {
		const struct user *u = db->users.v[i];

		if (!u->password)
			found_note(a, u->xml->path, u->line,
				   "\"%s\" has no password and cannot log in", u->name);
		else if (db->storage == STORED_PLAIN)
			judge_plain(a, u, weak);
		else if (db->storage == STORED_UNKNOWN)
			found(a, V_MANUAL, u->xml->path, u->line,
			      "password of \"%s\" is kept by a handler that is not known here",
			      u->name);
		else
			judge_hashed(a, db, u, weak);
	}
	plan_db(a, db, weak, first);
}

static void run(struct audit *a)
{
	struct user_source s;
	struct list weak = {0};

	if (!need_server(a))
		return;
	users_load(a->t, &s);
	words_passwords(a->pool, &weak);
	for (size_t i = 0; i < s.dbs.n; i++)
		judge_db(a, s.dbs.v[i], &weak);
	for (size_t i = 0; i < s.external.n; i++)
		found(a, V_MANUAL, a->t->server->path, 0, "passwords are kept elsewhere: %s",
		      (const char *)s.external.v[i]);
	if (!s.dbs.n && !s.external.n)
		found(a, V_GOOD, a->t->server->path, 0, "no realm with accounts");
}

const struct check check_wt03 = {
	.code = "WT-03",
	.title = "Administrator password strength",
	.risk = RISK_HIGH,
	.guide = "8 characters of three classes, or 10 of two",
	.baseline = "as the guide; not weak, not guessable from the name, kept as a hash",
	.remedy = "set a strong password and a CredentialHandler that hashes",
	.anchors = "STIG V-222980, V-222981, V-222982",
	.run = run,
};
