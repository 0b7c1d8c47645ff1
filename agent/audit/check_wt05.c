// SPDX-License-Identifier: Apache-2.0
/* WT-05: as whom the server runs */
#include <linux/capability.h>
#include <string.h>
#include "checks.h"

static void drop_in(struct audit *a, struct finding *f)
{
	const struct unit *u = a->t->dirs->unit;
	const char *name = u ? u->name : "tomcat.service";

	remedy(a, f,
	       "useradd --system --shell /usr/sbin/nologin tomcat; systemctl edit %s: [Service] User=tomcat Group=tomcat AmbientCapabilities=CAP_NET_BIND_SERVICE NoNewPrivileges=yes; chown -R tomcat: of logs, work, temp; restart",
	       name);
}

static void note_account(struct audit *a)
{
	const char *shell = a->t->was.shell, *tail = shell ? strrchr(shell, '/') : NULL;

	if (tail && strcmp(tail, "/nologin") != 0 && strcmp(tail, "/false") != 0)
		found_note(a, a->t->was.name, 0, "the account can log in (%s)", shell);
}

static void judge_process(struct audit *a, const struct process *p)
{
	const char *object = pool_printf(a->pool, "pid %d", p->pid);
	unsigned long long more = p->caps & ~(1ULL << CAP_NET_BIND_SERVICE);

	for (int i = 0; i < 4; i++)
		if (p->uid[i] == 0) {
			drop_in(a,
				found(a, V_VULNERABLE, object, 0, "runs as root (uids %u %u %u %u)",
				      p->uid[0], p->uid[1], p->uid[2], p->uid[3]));
			return;
		}
	found(a, V_GOOD, object, 0, "runs as %s (uid %u)%s", a->t->was.name, p->uid[0],
	      p->jsvc ? ", under jsvc" : "");
	if (is_guide(a))
		return;
	if (more)
		found_note(a, object, 0, "has capabilities beyond CAP_NET_BIND_SERVICE (%llx)",
			   more);
	note_account(a);
}

static void judge_unit(struct audit *a, const struct unit *u)
{
	if (u->dynamic)
		found(a, V_GOOD, u->file, 0, "not running; the unit has DynamicUser=");
	else if (!u->user || strcmp(u->user, "root") == 0 || strcmp(u->user, "0") == 0)
		drop_in(a, found(a, V_VULNERABLE, u->file, 0,
				 "not running; the unit would start it as root"));
	else
		found(a, V_GOOD, u->file, 0, "not running; the unit has User=%s", u->user);
}

static void run(struct audit *a)
{
	const struct site_dirs *d = a->t->dirs;

	if (d->process)
		judge_process(a, d->process);
	else if (d->process_hidden)
		found(a, V_ERROR, a->t->base, 0,
		      "processes of others cannot be seen: run it as root");
	else if (d->unit)
		judge_unit(a, d->unit);
	else
		found(a, V_MANUAL, a->t->base, 0,
		      "not running, and no unit says as whom it would: look at what starts it");
}

const struct check check_wt05 = {
	.code = "WT-05",
	.title = "Do not run the daemon as root",
	.risk = RISK_MEDIUM,
	.guide = "the server process is not root's",
	.baseline = "no user id of the server process is 0",
	.remedy = "run it under an account of its own",
	.anchors = "STIG V-222983, V-222984",
	.run = run,
};
