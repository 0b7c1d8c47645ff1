// SPDX-License-Identifier: Apache-2.0
/* inputrun.c - an input of covfuzz, given to the module; see input.h */
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "input.h"
#include "nl.h"

const struct op_switch ops[] = {
	{"open", 0},	 {"write", 0},	     {"mmap", 0},   {"truncate", 0}, {"create", 0},
	{"unlink", 0},	 {"mkdir", 0},	     {"rmdir", 0},  {"rename", 0},   {"link", 0},
	{"symlink", 0},	 {"mknod", 0},	     {"chmod", 0},  {"chown", 0},    {"utimes", 0},
	{"setxattr", 0}, {"removexattr", 0}, {"acl", 0},    {"ioctl", 0},    {"mount", 0},
	{"umount", 0},	 {"device", 0},	     {"ptrace", 1}, {"kill", 1},     {"unload", 1},
	{"policy", 0},	 {"kernel", 0},
};
const unsigned int nr_ops = sizeof(ops) / sizeof(*ops);

static uint32_t roots[8];
static unsigned int nr_roots;

/* A right attribute of a root's number gets one that there is, so that inputs stay what they are.
 */
static unsigned int resolve_roots(struct nl_message *m)
{
	unsigned char *at = m->attrs, *end = (unsigned char *)m + m->n.nlmsg_len;
	unsigned int count = 0;

	while (at + NLA_HDRLEN <= end) {
		struct nlattr a;
		uint32_t number;

		memcpy(&a, at, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > end - at)
			break;
		count++;
		memcpy(&number, at + NLA_HDRLEN, a.nla_len >= NLA_HDRLEN + 4 ? 4 : 0);
		if (a.nla_type == WD_A_ROOT && a.nla_len == NLA_HDRLEN + 4 && number < nr_roots)
			memcpy(at + NLA_HDRLEN, &roots[number], 4);
		at += NLA_ALIGN(a.nla_len);
	}
	return count;
}

static unsigned int run_message(const struct step *s)
{
	struct nl_message m;
	unsigned int count;

	nl_start(&m, s->a, s->b & 1 ? NLM_F_DUMP : NLM_F_ACK);
	memcpy(m.attrs, s->bytes, s->len);
	m.n.nlmsg_len += s->len;
	count = resolve_roots(&m);
	if (!nl_talk(&m) && s->a == WD_CMD_ROOT_ADD && nl_answers() && nr_roots < 8)
		roots[nr_roots++] = nl_answer(0, WD_A_ROOT);
	return count;
}

static void run_sysfs(const struct step *s, int dir)
{
	static const char *const top[] = {"mode", "sealed", "agent", "version"};
	static const char *const of_root[] = {"path",	  "mode",  "denied",
					      "reported", "armed", "filters"};
	static const char *const stats[] = {"events", "delivered", "unheard", "dropped",
					    "denied", "reported",  "folded"};
	char name[64], buf[4096];
	unsigned int i = s->a % 64;
	int fd;

	if (i < 4)
		snprintf(name, sizeof(name), "%s", top[i]);
	else if (i < 11)
		snprintf(name, sizeof(name), "stats/%s", stats[i - 4]);
	else if (i < 11 + nr_ops)
		snprintf(name, sizeof(name), "ops/%s", ops[i - 11].name);
	else if (nr_roots)
		snprintf(name, sizeof(name), "roots/%u/%s", roots[i % nr_roots], of_root[i % 6]);
	else
		return;
	fd = openat(dir, name, s->b & 1 ? O_WRONLY : O_RDONLY);
	if (fd < 0)
		return;
	if ((s->b & 1 ? write(fd, s->bytes, s->len) : read(fd, buf, sizeof(buf))) < 0) {
		/* refused */
	}
	close(fd);
}

static const char *const names[] = {"/a/x.log", "/a/b/y", "/a/z", "/c/x.log",
				    "/l/b/w.x", "/a/b",	  "/a",	  "/c/d"};

static void open_for(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK, 0644); /* it may be a fifo */

	if (fd < 0)
		return;
	if (write(fd, "x", 1) < 0) {
		/* refused */
	}
	close(fd);
}

static void run_file(const struct step *s)
{
	const char *one = names[s->b % 8], *two = names[s->b / 8 % 8];

	switch (s->a % 16) {
	case 0:
		return open_for(one, O_RDWR | O_CREAT);
	case 1:
		return open_for(one, O_WRONLY | O_TRUNC);
	case 2:
		return open_for(one, O_RDONLY);
	case 3:
		unlink(one);
		return;
	case 4:
		rename(one, two);
		return;
	case 5:
		link(one, two);
		return;
	case 6:
		mkdir(one, 0755);
		return;
	case 7:
		rmdir(one);
		return;
	case 8:
		chmod(one, 0700 + (s->b & 7));
		return;
	case 9:
		if (chown(one, 0, s->b)) {
			/* refused */
		}
		return;
	case 10:
		setxattr(one, "user.f", "1", 1, 0);
		return;
	case 11:
		removexattr(one, "user.f");
		return;
	case 12:
		if (truncate(one, s->b)) {
			/* refused */
		}
		return;
	case 13:
		if (symlink(one, two)) {
			/* refused */
		}
		return;
	case 14:
		mkfifo(one, 0600);
		return;
	case 15:
		utimensat(AT_FDCWD, one, NULL, 0);
		return;
	}
}

struct ran input_run(const struct input *in, int sysfs)
{
	struct ran ran = {.steps = in->count};
	unsigned int i;

	nr_roots = 0;
	for (i = 0; i < in->count; i++) {
		const struct step *s = &in->step[i];

		if (s->kind == STEP_MESSAGE)
			ran.attributes += run_message(s);
		else if (s->kind == STEP_SYSFS)
			run_sysfs(s, sysfs);
		else
			run_file(s);
	}
	return ran;
}
