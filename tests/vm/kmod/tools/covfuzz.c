// SPDX-License-Identifier: Apache-2.0
/*
 * covfuzz - fuzzing of webdefender.ko led by what it reaches (a kernel with KCOV; 77 without)
 *
 * usage: covfuzz DIR STEPS SEED [KEY-FILE]
 *
 * An input is a handful of steps: a netlink message with any attributes, a text written to or read
 * from a file of /sys/kernel/webdefender, an operation on files of the tree. It begins with one
 * right message of each command, and varies what it keeps: bits, bytes, lengths, attributes and
 * steps come, go, are swapped between two inputs. An input that reaches code of the module that
 * none has reached before is kept. KEY-FILE: a key as SEAL_KEY takes it.
 *
 * DIR becomes the root directory of the process in a mount namespace of its own, so that no path
 * leads out of it, whatever it is varied to. Every now and then, and at the end, all roots are
 * removed and the policy is made what it was.
 *
 * Where a sealed module refuses KCOV, it varies the right ones blindly, and roots may stay.
 *
 * Prints {"steps":N,"attributes":N,"corpus":N,"covered":N,"by_seeds":N}: places reached in all, and
 * by the right messages alone. Exits 1 if varying found nothing new or a root cannot be removed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cover.h"
#include "input.h"
#include "nl.h"

#define CORPUS 1024
#define RESET_EVERY 64

static struct input corpus[CORPUS];
static unsigned int nr_corpus;
static uint64_t random_state, steps, attributes;
static int sysfs; /* the directory */
static bool blind;

uint32_t chance(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % below;
}

/* ---- the policy as it was ---- */

static void put(const char *file, const char *word)
{
	int fd = openat(sysfs, file, O_WRONLY);

	/* Sealed, it stays as it is. */
	if (fd < 0 || (write(fd, word, strlen(word)) < 0 && errno != EPERM))
		fprintf(stderr, "covfuzz: %s: %s\n", file, strerror(errno));
	close(fd);
}

static unsigned int reset(void)
{
	struct nl_message m;
	unsigned int op;

	nl_start(&m, WD_CMD_AGENT_UNREGISTER, NLM_F_ACK);
	nl_talk(&m);
	for (op = 0; op < nr_ops; op++) {
		char file[64];

		snprintf(file, sizeof(file), "ops/%s", ops[op].name);
		put(file, ops[op].off ? "0" : "1");
	}
	put("mode", "enforce");
	return nl_clear();
}

/* ---- the loop ---- */

static unsigned int run(const struct input *in)
{
	struct ran ran;
	unsigned int fresh;

	cover_start();
	ran = input_run(in, sysfs);
	fresh = cover_take();
	steps += ran.steps;
	attributes += ran.attributes;
	return fresh;
}

static void keep(const struct input *in)
{
	corpus[nr_corpus < CORPUS ? nr_corpus++ : chance(CORPUS)] = *in;
}

static void run_seeds(const char *key, size_t key_len)
{
	struct input in;
	unsigned int i;

	for (i = 0; input_seed(&in, i, key, key_len); i++)
		if (run(&in) || blind)
			keep(&in);
}

static unsigned int fuzz(uint64_t wanted)
{
	unsigned int n;

	for (n = 1; steps < wanted; n++) {
		struct input in = corpus[chance(nr_corpus)];

		input_vary(&in, &corpus[chance(nr_corpus)]);
		if (run(&in))
			keep(&in);
		if (!(n % RESET_EVERY) && reset() && !blind)
			return 1;
	}
	return reset();
}

/* ---- where nothing else can be reached ---- */

static int go_inside(const char *dir)
{
	sysfs = open("/sys/kernel/webdefender", O_RDONLY | O_DIRECTORY);
	if (sysfs < 0 || unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(dir, dir, NULL, MS_BIND, NULL) || chroot(dir) || chdir("/")) {
		perror("covfuzz");
		return -1;
	}
	mkdir("/a", 0755);
	mkdir("/a/b", 0755);
	mkdir("/c", 0755);
	if (symlink("a", "/l") && errno != EEXIST)
		return -1;
	return 0;
}

static size_t read_key(const char *path, char *key, size_t size)
{
	int fd = path ? open(path, O_RDONLY) : -1;
	ssize_t n = fd < 0 ? 0 : read(fd, key, size);

	if (fd >= 0)
		close(fd);
	return n > 0 ? n : 0;
}

int main(int argc, char **argv)
{
	unsigned int by_seeds, left;
	char key[WD_SEAL_KEY_MAX];
	size_t key_len;

	if (argc < 4)
		return fprintf(stderr, "usage: covfuzz DIR STEPS SEED [KEY-FILE]\n"), 2;
	random_state = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15ul + 1;
	key_len = read_key(argv[4], key, sizeof(key));
	nl_open("covfuzz");
	if (cover_open()) {
		if (errno != EPERM)
			return 77;
		blind = true;
	}
	if (go_inside(argv[1]))
		return 2;
	run_seeds(key, key_len);
	reset();
	by_seeds = cover_count();
	left = fuzz(strtoull(argv[2], NULL, 10));
	printf("{\"steps\":%ju,\"attributes\":%ju,\"corpus\":%u,\"covered\":%u,\"by_seeds\":%u}\n",
	       (uintmax_t)steps, (uintmax_t)attributes, nr_corpus, cover_count(), by_seeds);
	if (blind)
		return !steps;
	if (left)
		fprintf(stderr, "covfuzz: a root cannot be removed\n");
	return left || cover_count() <= by_seeds || nr_corpus < 2;
}
