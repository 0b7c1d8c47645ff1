// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "fsx.h"
#include "package.h"
#include "reach.h"

#define OUTPUT_MAX (256u << 10)
#define PATIENCE_MS 120000 /* an audit runs at the lowest priority, perhaps on a busy host */

/* All it says within the time it has. */
static size_t read_output(int fd, char *to, pid_t child)
{
	int64_t end = fsx_mono_ns() + PATIENCE_MS * 1000000LL;
	size_t n = 0;

	while (n < OUTPUT_MAX) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		long left = (end - fsx_mono_ns()) / 1000000;
		ssize_t got;

		if (left <= 0 || poll(&wait, 1, left) <= 0) {
			kill(child, SIGKILL);
			break;
		}
		got = read(fd, to + n, OUTPUT_MAX - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += got;
	}
	return n;
}

/* Its output, in English; status as of waitpid(); NULL: it cannot be run. */
static char *run(struct pool *p, const char *const argv[], int *status)
{
	static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = {locale, path, NULL};
	posix_spawn_file_actions_t actions;
	char *text = NULL;
	int ends[2], r;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	r = posix_spawn(&child, argv[0], &actions, NULL, (char *const *)argv, env);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (r == 0) {
		text = pool_alloc(p, OUTPUT_MAX + 1);
		read_output(ends[0], text, child);
		while (waitpid(child, status, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	return text;
}

static const char *field(struct pool *p, const char *text, const char *name)
{
	const char *at = strstr(text, name);

	if (!at)
		return NULL;
	at += strlen(name);
	at += strspn(at, " ");
	return pool_strn(p, at, strcspn(at, "\n"));
}

/* A version table line with a source other than what is installed: "   500 http://..." */
static bool has_repository(const char *policy)
{
	const char *at = strstr(policy, "Version table:");

	for (at = at ? strchr(at, '\n') : NULL; at; at = strchr(at, '\n')) {
		size_t n = strcspn(++at, "\n");

		if (memmem(at, n, "://", 3) || memmem(at, n, " file:", 6))
			return true;
	}
	return false;
}

static int lists_age(void)
{
	static const char dir[] = "/var/lib/apt/lists";
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;
	time_t newest = 0;

	while (d && (e = readdir(d)))
		if (strstr(e->d_name, "Release") && fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
		    st.st_ctime > newest)
			newest = st.st_ctime;
	if (d)
		closedir(d);
	return newest ? (int)((time(NULL) - newest) / 86400) : -1;
}

static bool is_newer(struct pool *p, const char *one, const char *than)
{
	const char *const argv[] = {"/usr/bin/dpkg", "--compare-versions", one, "gt", than, NULL};
	int status = -1;

	return run(p, argv, &status) && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int ask_apt(struct pool *p, struct package *out, struct err *err)
{
	const char *const argv[] = {"/usr/bin/apt-cache", "policy", out->name, NULL};
	int status = -1;
	char *policy = run(p, argv, &status);

	if (!policy || !(out->installed = field(p, policy, "Installed:")))
		return err_set(err, "apt-cache policy %s gave no answer", out->name);
	out->candidate = has_repository(policy) ? field(p, policy, "Candidate:") : NULL;
	out->newer = out->candidate && is_newer(p, out->candidate, out->installed);
	out->lists_age = lists_age();
	return 1;
}

static int ask_rpm(struct pool *p, const char *file, struct package *out)
{
	const char *const argv[] = {
		"/usr/bin/rpm", "-qf", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n", file, NULL};
	int status = -1;
	char *text = run(p, argv, &status), *blank;

	if (!text || status != 0 || !(blank = strchr(text, ' ')))
		return 0;
	*blank = 0;
	out->name = text;
	out->installed = pool_strn(p, blank + 1, strcspn(blank + 1, "\n"));
	out->lists_age = -1;
	return 1;
}

int package_of(struct pool *p, const char *file, struct package *out, struct err *err)
{
	char *real = realpath(file, NULL), *text, *colon;
	const char *name = pool_str(p, real ? real : file);
	const char *const argv[] = {"/usr/bin/dpkg-query", "-S", name, NULL};
	int status = -1;

	*out = (struct package){0};
	free(real);
	text = reach(argv[0], X_OK) == 0 ? run(p, argv, &status) : NULL;
	if (text && status == 0 && (colon = strpbrk(text, ":,"))) {
		*colon = 0;
		out->name = text;
		return ask_apt(p, out, err);
	}
	return reach("/usr/bin/rpm", X_OK) == 0 ? ask_rpm(p, name, out) : 0;
}
