// SPDX-License-Identifier: Apache-2.0
/* trial.c - one vector without protection, in audit and in enforce */
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

enum { OFF, AUDIT, ENFORCE };
static const char *const phases[] = {"unprotected", "audit", "enforce"};

#define COMM "attacker"
#define NOBODY 65534
#define SECONDS 240 /* on a busy machine */

/* ---- the attacking process ---- */

static int become(unsigned int flags)
{
	if (!(flags & (AS_NOBODY | IN_USERNS)))
		return 0;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return -errno;
	prctl(PR_SET_DUMPABLE, 1);
	return flags & IN_USERNS ? enter_userns() : 0;
}

static void attack(const struct vector *v, int ready, int go)
{
	int status = 0;
	char c;

	setpgid(0, 0);
	prctl(PR_SET_NAME, COMM);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IONBF, 0);
	if (v->before)
		status = v->before();
	if (write(ready, &status, sizeof(status)) < 0 || read(go, &c, 1) != 1)
		_exit(1);
	if (!status)
		status = become(v->flags);
	if (!status) {
		errno = 0;
		status = v->run();
	}
	if (write(ready, &status, sizeof(status)) < 0)
		_exit(1);
	/* What it holds it keeps until it has been looked at. */
	_exit(read(go, &c, 1) != 0);
}

/* ---- one try ---- */

struct try {
	int prepared, status, dirty;
	bool changed;
	pid_t pid;
	const struct event *events;
	size_t count;
	char difference[256];
};

static bool receive(int fd, int *value)
{
	return read(fd, value, sizeof(*value)) == sizeof(*value);
}

static void note_difference(struct try *t, const char *a, const char *b)
{
	const char *line = b;
	size_t i;

	for (i = 0; a[i] && a[i] == b[i]; i++)
		if (b[i] == '\n')
			line = b + i + 1;
	snprintf(t->difference, sizeof(t->difference), "%.*s", (int)strcspn(line, "\n"), line);
}

static void compare(struct try *t, const char *seen, char *before)
{
	char *after = walk(seen);

	t->changed = strcmp(before, after);
	if (t->changed)
		note_difference(t, before, after);
	free(before);
	free(after);
}

static void attempt(const struct vector *v, int phase, struct try *t)
{
	int ready[2], go[2], root = -1;
	char *before;

	memset(t, 0, sizeof(*t));
	if (pipe(ready) || pipe(go))
		exit(2);
	world_build();
	t->pid = fork();
	if (!t->pid) {
		alarm(SECONDS);
		close(ready[0]);
		close(go[1]);
		attack(v, ready[1], go[0]);
	}
	close(ready[1]);
	close(go[0]);
	if (!receive(ready[0], &t->prepared))
		t->prepared = -ECHILD;
	before = walk(v->seen);
	if (phase != OFF || (v->flags & ROOT_OFF))
		root = guard_add(v->root ? at(v->root) : WWW, phase);
	if (root >= 0 && v->device)
		guard_device(root, v->device);
	guard_events(&t->events);
	if (write(go[1], "g", 1) != 1 || !receive(ready[0], &t->status))
		t->status = -ECHILD;
	t->dirty = guard_dirty();
	compare(t, v->seen, before);
	t->count = guard_events(&t->events);
	close(go[1]);
	waitpid(t->pid, NULL, 0);
	kill(-t->pid, SIGKILL); /* its helpers */
	close(ready[0]);
	if (root >= 0)
		guard_del(root);
	if (v->undo)
		v->undo();
	world_clean();
}

/* ---- judging it ---- */

static bool one_of(const char *word, const char *list)
{
	size_t len = strlen(word);

	for (; list; list = strchr(list, '|'), list += !!list)
		if (!strncmp(list, word, len) && (!list[len] || list[len] == '|'))
			return true;
	return false;
}

static bool same_path(const char *wanted, const char *found)
{
	size_t len;

	if (!wanted)
		return true;
	wanted = at(wanted);
	len = strlen(wanted);
	if (len && wanted[len - 1] == '*')
		return !strncmp(wanted, found, len - 1);
	return !strcmp(wanted, found);
}

static bool fits(const struct vector *v, const struct try *t, const struct event *e, int verdict)
{
	bool actor = (v->flags & OTHER_ACTOR) ||
		     (e->tgid == (unsigned int)t->pid &&
		      (!strcmp(e->comm, COMM) || !strncmp(e->comm, "iou-", 4)));

	return e->verdict == verdict && actor && one_of(guard_op(e->op), v->op) &&
	       ((v->flags & NO_PATH) ||
		(same_path(v->path, e->path) && same_path(v->path2, e->path2)));
}

static bool has_event(const struct vector *v, const struct try *t, int verdict)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (fits(v, t, &t->events[i], verdict))
			return true;
	return false;
}

static const char *heard(const struct try *t)
{
	static char text[300];
	int n = 0;
	size_t i;

	if (!t->count)
		return "none";
	for (i = 0; i < t->count && n < 200; i++)
		n += snprintf(text + n, sizeof(text) - n, "%s%s %s %.60s by %s", i ? "; " : "",
			      guard_op(t->events[i].op),
			      t->events[i].verdict ? "denied" : "reported", t->events[i].path,
			      t->events[i].comm);
	return text;
}

static bool is_missing(int status)
{
	return status == -ENOSYS || status == -EOPNOTSUPP || status == -ENOTTY ||
	       status == -ENODEV || status == -EPROTONOSUPPORT || status == -EAFNOSUPPORT;
}

/* tmpfs knows O_DIRECT since 6.6, and refuses it as no call before. */
static bool is_direct_on_tmpfs(const struct vector *v, int status)
{
	return status == -EINVAL && !strcmp(world_fs, "tmpfs") && strstr(v->what, "O_DIRECT");
}

#define problem(out, ...)                                                                          \
	(snprintf((out)->problem, sizeof((out)->problem), __VA_ARGS__), (out)->result = NOT_OK)

static bool judge_off(const struct vector *v, const struct try *t, struct outcome *out)
{
	int status = t->prepared ? t->prepared : t->status;

	if (is_missing(status) || is_direct_on_tmpfs(v, status)) {
		snprintf(out->problem, sizeof(out->problem), "not here: %s", strerror(-status));
		out->result = SKIPPED;
	} else if (status) {
		problem(out, "unprotected: %s: %s", t->prepared ? "preparing" : "failed",
			strerror(-status));
	} else if (!t->changed) {
		problem(out, "unprotected: changes nothing");
	} else if (t->count) {
		problem(out, "unprotected: events: %s", heard(t));
	} else {
		strcpy(out->verdict[OFF], "changes");
		return true;
	}
	return false;
}

/* The loop driver writes by itself, past every hook, since 6.12. */
static bool is_detected(const struct vector *v)
{
	struct utsname u;
	unsigned int major, minor;

	if (!(v->flags & DETECTED_612))
		return v->flags & DETECTED;
	return !uname(&u) && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 12));
}

static bool judge_audit(const struct vector *v, const struct try *t, struct outcome *out)
{
	if (!t->changed)
		problem(out, "audit: prevented the change (%s)", strerror(-t->status));
	else if (has_event(v, t, 0))
		strcpy(out->verdict[AUDIT], "reported");
	else if (is_detected(v) && t->dirty)
		strcpy(out->verdict[AUDIT], "detected");
	else
		problem(out, "audit: no event %s %s; heard: %s", v->op, v->path ? at(v->path) : "",
			heard(t));
	return out->result == OK;
}

static void judge_enforce(const struct vector *v, const struct try *t, struct outcome *out)
{
	int error = v->error ? v->error : EPERM;
	/* The kernel writes for whoever did not ask: nobody is there to be told. */
	bool unasked = is_detected(v) && !t->status && has_event(v, t, 1);

	if (is_detected(v) && t->changed) {
		if (t->dirty)
			strcpy(out->verdict[ENFORCE], "detected");
		else
			problem(out, "enforce: changed, and not armed dirty");
	} else if (t->changed)
		problem(out, "enforce: changed: %s", t->difference);
	else if (unasked)
		strcpy(out->verdict[ENFORCE], "denied");
	else if (!t->status)
		problem(out, "enforce: nothing changed, yet it reported success");
	else if (t->status != -error && !(v->flags & ANY_ERROR))
		problem(out, "enforce: %s instead of %s", strerror(-t->status), strerror(error));
	else if (!(v->flags & QUIET) && !has_event(v, t, 1))
		problem(out, "enforce: no event %s %s; heard: %s", v->op,
			v->path ? at(v->path) : "", heard(t));
	else
		snprintf(out->verdict[ENFORCE], sizeof(out->verdict[ENFORCE]), "%s",
			 t->status == -EPERM ? "denied" : strerrorname_np(-t->status));
}

/* What is known to be open is no success, and no failure either until it is closed. */
static void excuse(const struct vector *v, struct outcome *out)
{
	char text[sizeof(out->problem)];

	if (!v->open || out->result != NOT_OK || !strcmp(out->verdict[OFF], "") ||
	    !strncmp(out->problem, "audit: prevented", 16))
		return;
	snprintf(text, sizeof(text), "OPEN: %s (%.150s)", v->open, out->problem);
	strcpy(out->problem, text);
	out->result = SKIPPED;
}

static bool phase(const struct vector *v, int which, struct outcome *out)
{
	struct try t;

	attempt(v, which, &t);
	if (t.status == -ECHILD)
		problem(out, "%s: the attacker died or took more than %d s", phases[which],
			SECONDS);
	else if (which == OFF)
		judge_off(v, &t, out);
	else if (which == AUDIT)
		judge_audit(v, &t, out);
	else
		judge_enforce(v, &t, out);
	return out->result == OK;
}

void trial(const struct vector *v, struct outcome *out)
{
	bool scratch = v->flags & SCRATCH_FS;
	int which;

	memset(out, 0, sizeof(*out));
	for (which = OFF; which <= ENFORCE && out->result == OK; which++) {
		if (scratch && !world_scratch(true)) {
			snprintf(out->problem, sizeof(out->problem), "no file system of its own");
			out->result = SKIPPED;
			break;
		}
		phase(v, which, out);
		if (scratch)
			world_scratch(false);
	}
	excuse(v, out);
}
