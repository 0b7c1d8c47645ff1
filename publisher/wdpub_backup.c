// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backup.h"
#include "ctl.h"
#include "fsx.h"
#include "layout.h"
#include "wdpub.h"

#define PASS_MOST 4096

struct options {
	const char *pass;
	bool without_keys, replace;
};

static const struct argp_option backup_options[] = {
	{"passphrase-file", 'p', "FILE", 0,
	 "The passphrase is the first line of this file (- standard input)", 0},
	{"without-keys", 'K', NULL, 0, "Leave out the private keys (kept elsewhere)", 0},
	{0},
};

static const struct argp_option restore_options[] = {
	{"passphrase-file", 'p', "FILE", 0,
	 "The passphrase is the first line of this file (- standard input)", 0},
	{"replace", 'r', NULL, 0, "Put the publisher that is there aside", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'p':
		o->pass = arg;
		return 0;
	case 'K':
		o->without_keys = true;
		return 0;
	case 'r':
		o->replace = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static char *passphrase(const char *file)
{
	static char line[PASS_MOST];
	FILE *f;
	bool good;

	if (!file) {
		fprintf(stderr, "wdpub: --passphrase-file FILE is missing: a backup is always"
				" encrypted\n");
		return NULL;
	}
	f = strcmp(file, "-") ? fopen(file, "re") : stdin;
	good = f && fgets(line, sizeof(line), f);
	if (!good)
		fprintf(stderr, "wdpub: %s: %s\n", file, f ? "empty" : strerror(errno));
	if (f && f != stdin)
		fclose(f);
	line[strcspn(line, "\r\n")] = 0;
	return good ? line : NULL;
}

/* The daemon, if it runs, raises an alarm or ends one; a backup does not need it. */
static void tell(struct wdpub *w, const char *file, const char *problem)
{
	struct err err;

	json_decref(wdpub_ask(w,
			      json_pack("{s:s, s:s, s:s}", "cmd", "backup-told", "file", file,
					"problem", problem),
			      &err));
}

int cmd_backup(struct wdpub *w, int argc, char **argv)
{
	struct options o = {NULL};
	struct words words = {.n = 0};
	struct err err = {""};
	char *pass;

	wdpub_parse(
		w, argc, argv, backup_options, parse, &o, "FILE",
		"Writes the publisher's database and keys into one encrypted file; the daemon may"
		" run.\vNot in it: objects (made again from the backup directories) and"
		" evidence (copy STATE/evidence).",
		&words, 1, 1);
	pass = passphrase(o.pass);
	if (!pass) {
		tell(w, words.v[0], "no passphrase could be read");
		return EXIT_COULD_NOT;
	}
	if (backup_write(w->state, words.v[0], pass, !o.without_keys, &err)) {
		tell(w, words.v[0], err.text);
		fprintf(stderr, "wdpub: %s\n", err.text);
		return EXIT_COULD_NOT;
	}
	tell(w, words.v[0], "");
	if (w->json)
		print_json(json_pack("{s:s, s:b}", "file", words.v[0], "keys", !o.without_keys));
	else
		printf("%s: written, encrypted, %s the private keys. Keep the passphrase elsewhere.\n",
		       words.v[0], o.without_keys ? "WITHOUT" : "with");
	return EXIT_DONE;
}

/* Held by the daemon while it runs. */
static int free_state(const char *state)
{
	char path[LAYOUT_PATH_MAX];
	int fd = open(layout_path(path, state, "lock"), O_RDWR | O_CLOEXEC), rc = 0;

	if (fd >= 0)
		rc = flock(fd, LOCK_EX | LOCK_NB);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* What the backup does not hold stays: objects, evidence; and the keys, if it has none. */
static void carry_over(const char *old, const char *state, bool keys)
{
	static const char *const dirs[] = {LAYOUT_OBJECTS, LAYOUT_EVIDENCE};
	static const char *const secrets[] = {LAYOUT_CA_KEY, LAYOUT_RELEASE_KEY, LAYOUT_LINK_KEY,
					      LAYOUT_SEAL_KEY, LAYOUT_CONSOLE_KEY};
	char from[LAYOUT_PATH_MAX], to[LAYOUT_PATH_MAX];

	for (size_t i = 0; i < 2; i++)
		if (rename(layout_path(from, old, dirs[i]), layout_path(to, state, dirs[i])) &&
		    errno != ENOENT)
			fprintf(stderr, "wdpub: %s stays where it is: %s\n", from, strerror(errno));
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets) && !keys; i++)
		if (link(layout_path(from, old, secrets[i]), layout_path(to, state, secrets[i])) &&
		    errno != ENOENT)
			fprintf(stderr, "wdpub: copy %s to %s: %s\n", from, to, strerror(errno));
}

static int put_in_place(struct wdpub *w, const char *fresh, bool keys, bool replace)
{
	char old[LAYOUT_PATH_MAX];

	snprintf(old, sizeof(old), "%s.before-%lld", w->state, (long long)time(NULL));
	if (!access(w->state, F_OK) && rmdir(w->state)) {
		if (!replace || rename(w->state, old)) {
			fprintf(stderr, "wdpub: %s: %s\n", w->state,
				replace ? strerror(errno)
					: "there is a publisher already; --replace puts it aside");
			return -1;
		}
		if (rename(fresh, w->state)) {
			fprintf(stderr, "wdpub: %s: %s\n", w->state, strerror(errno));
			return rename(old, w->state), -1;
		}
		carry_over(old, w->state, keys);
		if (!w->json)
			printf("The publisher that was there is now %s\n", old);
		return 0;
	}
	if (!rename(fresh, w->state))
		return 0;
	fprintf(stderr, "wdpub: %s: %s\n", w->state, strerror(errno));
	return -1;
}

int cmd_restore(struct wdpub *w, int argc, char **argv)
{
	struct options o = {NULL};
	struct words words = {.n = 0};
	char fresh[LAYOUT_PATH_MAX];
	struct err err = {""};
	bool keys;
	char *pass;

	wdpub_parse(
		w, argc, argv, restore_options, parse, &o, "FILE",
		"Puts a publisher back from its backup, whole or not at all. The daemon must not"
		" run.\vThen start the daemon. Hosts that have accepted a newer release than the"
		" backup knows say so; `wdpub push SITE --above SERIAL` goes on above it.",
		&words, 1, 1);
	pass = passphrase(o.pass);
	if (!pass)
		return EXIT_COULD_NOT;
	if (free_state(w->state)) {
		fprintf(stderr, "wdpub: wdpublisherd is running: systemctl stop wdpublisherd\n");
		return EXIT_REFUSED;
	}
	snprintf(fresh, sizeof(fresh), "%s.restoring-%d", w->state, (int)getpid());
	if (backup_read(words.v[0], pass, fresh, &keys, &err)) {
		fprintf(stderr, "wdpub: %s\n", err.text);
		return EXIT_REFUSED;
	}
	if (put_in_place(w, fresh, keys, o.replace)) {
		fprintf(stderr, "wdpub: what was unpacked is in %s\n", fresh);
		return EXIT_COULD_NOT;
	}
	if (w->json)
		print_json(json_pack("{s:s, s:b}", "state", w->state, "keys", keys));
	else
		printf("%s: put back. %s\n", w->state,
		       keys ? "Now: systemctl start wdpublisherd"
			    : "The private keys were not in it: put back your copies of them"
			      " before you start wdpublisherd.");
	return EXIT_DONE;
}
