// SPDX-License-Identifier: Apache-2.0
/* WT-13: are the known holes of this version closed */
#include <string.h>
#include <unistd.h>
#include "advisory.h"
#include "archive.h"
#include "checks.h"
#include "package.h"
#include "reach.h"

#define INFO "org/apache/catalina/util/ServerInfo.properties"

/* From inside the jar: a loose file beside it can say anything. */
static const char *version_of(struct audit *a, const char *jar)
{
	struct props props = {0};
	struct err err;
	char *text;
	size_t n;
	const char *version;

	switch (archive_member(a->pool, jar, INFO, &text, &n, &err)) {
	case 1:
		break;
	case 0:
		found(a, V_ERROR, jar, 0, "holds no %s", INFO);
		return NULL;
	default:
		found(a, V_ERROR, jar, 0, "cannot be read: %s", err.text);
		return NULL;
	}
	props_parse(a->pool, &props, text);
	version = props_get(&props, "server.number");
	if (!version)
		found(a, V_ERROR, jar, 0, "holds no %s", "server.number");
	return version;
}

static void upgrade(struct audit *a, struct finding *f, const char *name)
{
	remedy(a, f,
	       "apt-get install --only-upgrade %s; before: back up conf and webapps, read the changelog; after: restart, run this audit again",
	       name);
}

static void judge_package(struct audit *a, const char *jar, const char *version,
			  const struct package *p)
{
	if (!p->candidate)
		found(a, V_MANUAL, jar, 0,
		      "%s, package %s %s: no repository offers it, so nothing to compare", version,
		      p->name, p->installed);
	else if (p->newer)
		upgrade(a,
			found(a, V_VULNERABLE, jar, 0, "%s, package %s %s; %s is available",
			      version, p->name, p->installed, p->candidate),
			p->name);
	else if (p->lists_age < 0 || p->lists_age > ADVISORIES_DAYS)
		found(a, V_MANUAL, jar, 0,
		      "%s, package %s %s; package lists are %d days old: run apt-get update",
		      version, p->name, p->installed, p->lists_age);
	else
		found(a, V_GOOD, jar, 0, "%s, package %s %s, the newest there is", version, p->name,
		      p->installed);
}

static void judge_self_installed(struct audit *a, const char *jar, const char *version)
{
	const char *second = strchr(version, '.'), *third = second ? strchr(second + 1, '.') : NULL;
	const char *branch = third ? pool_strn(a->pool, version, third - version) : version;
	const char *ended = branch_ended(branch);
	struct advisory adv;
	struct err err = {0};
	int r;

	if (ended) {
		found(a, V_VULNERABLE, jar, 0, "%s: branch %s ended on %s", version, branch, ended);
		return;
	}
	r = advisory_find(a->pool, a->set->advisories, a->set->advisories_key, branch, &adv, &err);
	if (r < 0)
		found(a, V_MANUAL, jar, 0, "%s: no advisory data to compare with: %s", version,
		      err.text);
	else if (r == 0)
		found(a, V_MANUAL, jar, 0, "%s: the advisory data of %s does not know branch %s",
		      version, adv.issued, branch);
	else if (adv.ended)
		found(a, V_VULNERABLE, jar, 0, "%s: branch %s ended on %s", version, branch,
		      adv.end_of_life);
	else if (version_compare(version, adv.minimum) < 0)
		found(a, V_VULNERABLE, jar, 0, "%s: at least %s is needed (data of %s)", version,
		      adv.minimum, adv.issued);
	else
		found(a, V_GOOD, jar, 0, "%s, at least %s (data of %s)", version, adv.minimum,
		      adv.issued);
}

static void run(struct audit *a)
{
	const char *jar = pool_printf(a->pool, "%s/lib/catalina.jar", a->t->home), *version;
	const char *loose = pool_printf(a->pool, "%s/lib/%s", a->t->home, INFO);
	struct package package;
	struct err err = {0};
	int r;

	version = version_of(a, jar);
	if (!version)
		return;
	if (!is_guide(a) && reach(loose, F_OK) == 0)
		found_note(a, loose, 0, "hides the version from visitors; not believed here");
	r = package_of(a->pool, jar, &package, &err);
	if (r < 0)
		found(a, V_MANUAL, jar, 0, "%s: %s", version, err.text);
	else if (r > 0)
		judge_package(a, jar, version, &package);
	else
		judge_self_installed(a, jar, version);
}

const struct check check_wt13 = {
	.code = "WT-13",
	.title = "Latest security patches",
	.risk = RISK_HIGH,
	.guide = "the latest patches are applied",
	.baseline =
		"the newest package the repositories offer; or a version that signed advisory data calls fixed",
	.remedy = "upgrade; restart; audit again",
	.run = run,
};
