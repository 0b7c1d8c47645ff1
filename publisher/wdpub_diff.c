// SPDX-License-Identifier: Apache-2.0
/* wdpub_diff - two texts, compared by diff(1) */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fsx.h"
#include "wdpub.h"

#define TROUBLE 2 /* diff's own word for it; 0 and 1 are answers */

/* A file that exists for whoever has it open. -1: errno says why. */
static int text_file(const char *name, const char *text)
{
	int fd = memfd_create(name, 0); /* diff must inherit it */

	if (fd >= 0 && fsx_write_all(fd, text, strlen(text))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void run_diff(int original, int tampered, int out)
{
	char from[32], to[32];

	snprintf(from, sizeof(from), "/dev/fd/%d", original);
	snprintf(to, sizeof(to), "/dev/fd/%d", tampered);
	if (dup2(out, STDOUT_FILENO) >= 0)
		execlp("diff", "diff", "-a", "-u", "--label", "original", "--label", "tampered",
		       "--", from, to, (char *)NULL);
	_exit(TROUBLE);
}

/* What an attacker wrote is shown, never obeyed. */
static void print_all(int fd)
{
	FILE *f = fdopen(fd, "re");
	char *line = NULL;
	size_t cap = 0;

	while (f && getline(&line, &cap, f) >= 0)
		print_plain(line, stdout, true);
	free(line);
	if (f)
		fclose(f);
	else
		close(fd);
}

static int compare(const char *original, const char *tampered)
{
	int a = text_file("original", original), b = text_file("tampered", tampered), p[2], st = -1;
	pid_t pid = -1;

	if (a >= 0 && b >= 0 && !pipe(p)) {
		fflush(stdout);
		pid = fork();
		if (!pid)
			run_diff(a, b, p[1]);
		close(p[1]);
		print_all(p[0]);
	}
	if (a >= 0)
		close(a);
	if (b >= 0)
		close(b);
	while (pid > 0 && waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(st) ? WEXITSTATUS(st) : TROUBLE;
}

int show_diff(const json_t *texts)
{
	const json_t *original = json_object_get(texts, "original"),
		     *tampered = json_object_get(texts, "tampered");

	if (!json_is_string(original) && !json_is_string(tampered)) {
		fprintf(stderr, "wdpub: there are no texts to compare: %s\n", str_of(texts, "why"));
		return EXIT_REFUSED;
	}
	if (!json_is_string(original) || !json_is_string(tampered))
		fprintf(stderr, "wdpub: one side only: %s\n", str_of(texts, "why"));
	if (true_of(texts, "truncated"))
		fputs("wdpub: only the beginnings are compared\n", stderr);
	switch (compare(str_of(texts, "original"), str_of(texts, "tampered"))) {
	case 0:
		puts("no difference");
		return EXIT_DONE;
	case 1:
		return EXIT_DONE;
	}
	fputs("wdpub: diff(1) could not be run: apt install diffutils, or use --json\n", stderr);
	return EXIT_COULD_NOT;
}
