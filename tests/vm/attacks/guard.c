// SPDX-License-Identifier: Apache-2.0
/* guard.c - what is said to the module and heard from it, in plain generic netlink */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attack.h"
#include "webdefender.h"

static const char *const ops[] = {
	"unspec", "open",   "write",	"mmap",	       "truncate", "create", "unlink",
	"mkdir",  "rmdir",  "rename",	"link",	       "symlink",  "mknod",  "chmod",
	"chown",  "utimes", "setxattr", "removexattr", "acl",	   "ioctl",  "mount",
	"umount", "device", "ptrace",	"kill",	       "unload",   "policy", "kernel",
};

static int control = -1, listener = -1;
static unsigned short family;
static unsigned int group, seq;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
	exit(2);
}

const char *guard_op(unsigned int op)
{
	return op < sizeof(ops) / sizeof(*ops) ? ops[op] : "?";
}

/* ---- messages ---- */

struct message {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char attrs[8192];
};

static void start(struct message *m, unsigned short type, unsigned char cmd)
{
	memset(m, 0, sizeof(*m));
	m->n.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->n.nlmsg_type = type;
	m->n.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m->n.nlmsg_seq = ++seq;
	m->g.cmd = cmd;
	m->g.version = 1;
}

static void add(struct message *m, int type, const void *data, size_t len)
{
	struct nlattr *a = (void *)((char *)m + NLMSG_ALIGN(m->n.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	m->n.nlmsg_len = NLMSG_ALIGN(m->n.nlmsg_len) + NLA_ALIGN(a->nla_len);
}

typedef void (*attr_fn)(int type, const void *data, size_t len, void *arg);

static void each(const void *from, size_t left, attr_fn fn, void *arg)
{
	const struct nlattr *a = from;

	while (left >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= left) {
		size_t step = NLA_ALIGN(a->nla_len);

		fn(a->nla_type & NLA_TYPE_MASK, (const char *)a + NLA_HDRLEN,
		   a->nla_len - NLA_HDRLEN, arg);
		if (step >= left)
			break;
		left -= step;
		a = (const void *)((const char *)a + step);
	}
}

static void each_of(const struct nlmsghdr *n, attr_fn fn, void *arg)
{
	size_t head = NLMSG_HDRLEN + GENL_HDRLEN;

	if (n->nlmsg_len >= head)
		each((const char *)n + head, n->nlmsg_len - head, fn, arg);
}

/* 0 or -errno; the answer's attributes go to fn. */
static int talk(struct message *m, attr_fn fn, void *arg)
{
	static char buf[65536] __attribute__((aligned(8)));
	struct nlmsghdr *n;
	ssize_t len;

	if (send(control, m, m->n.nlmsg_len, 0) < 0)
		die("netlink");
	for (;;) {
		len = recv(control, buf, sizeof(buf), 0);
		if (len < 0)
			die("netlink");
		for (n = (void *)buf; NLMSG_OK(n, (size_t)len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_seq != m->n.nlmsg_seq)
				continue;
			if (n->nlmsg_type == NLMSG_ERROR)
				return *(int *)NLMSG_DATA(n);
			each_of(n, fn, arg);
		}
	}
}

static void ignore(int type, const void *data, size_t len, void *arg)
{
	(void)type, (void)data, (void)len, (void)arg;
}

/* ---- family and group ---- */

static void see_group(int type, const void *data, size_t len, void *arg)
{
	(void)len, (void)arg;
	if (type == CTRL_ATTR_MCAST_GRP_ID)
		memcpy(&group, data, 4);
}

static void see_groups(int type, const void *data, size_t len, void *arg)
{
	(void)type;
	each(data, len, see_group, arg);
}

static void see_family(int type, const void *data, size_t len, void *arg)
{
	if (type == CTRL_ATTR_FAMILY_ID)
		memcpy(&family, data, 2);
	if (type == CTRL_ATTR_MCAST_GROUPS)
		each(data, len, see_groups, arg);
}

static int nl_socket(void)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)))
		die("netlink socket");
	return fd;
}

void guard_open(void)
{
	struct message m;
	int bytes = 16 << 20;

	control = nl_socket();
	start(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	add(&m, CTRL_ATTR_FAMILY_NAME, WD_GENL_NAME, sizeof(WD_GENL_NAME));
	errno = -talk(&m, see_family, NULL);
	if (!family)
		die("the module is not loaded");
	listener = nl_socket();
	setsockopt(listener, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (setsockopt(listener, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		die("joining the events");
}

/* ---- commands ---- */

static void see_root(int type, const void *data, size_t len, void *arg)
{
	(void)len;
	if (type == WD_A_ROOT)
		memcpy(arg, data, 4);
}

/* As wdctl and the agent do it: files of several names are registered by number. */
static void add_inodes(int root)
{
	struct stat st;
	struct message m;
	uint64_t ino;

	if (lstat(at("@/hard.html"), &st) || st.st_nlink < 2)
		return;
	ino = st.st_ino;
	start(&m, family, WD_CMD_INODE_ADD);
	add(&m, WD_A_ROOT, &root, 4);
	add(&m, WD_A_INO, &ino, 8);
	talk(&m, ignore, NULL);
}

/* And what is mounted in it; the outer ones come first in the table, for nothing is moved here. */
static void add_inners(int root)
{
	char line[8192], path[4096];
	FILE *f = fopen("/proc/self/mountinfo", "r");
	size_t n = strlen(WWW);
	struct message m;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %*s %*s %4095s", path) != 1 || strncmp(path, WWW, n) ||
		    path[n] != '/')
			continue;
		start(&m, family, WD_CMD_INNER_ADD);
		add(&m, WD_A_ROOT, &root, 4);
		add(&m, WD_A_PATH, path, strlen(path) + 1);
		errno = -talk(&m, ignore, NULL);
		if (errno)
			die("INNER_ADD");
	}
	if (f)
		fclose(f);
}

int guard_add(const char *path, int mode)
{
	struct message m;
	unsigned char byte = mode;
	int root = -1, err;

	start(&m, family, WD_CMD_ROOT_ADD);
	add(&m, WD_A_PATH, path, strlen(path) + 1);
	add(&m, WD_A_MODE, &byte, 1);
	err = talk(&m, see_root, &root);
	errno = -err;
	if (err)
		die("ROOT_ADD");
	add_inodes(root);
	add_inners(root);
	return root;
}

void guard_device(int root, const char *device)
{
	struct message m;
	struct stat st;
	uint64_t dev;
	uint32_t flags = WD_DEVICE_CHAR;

	if (stat(device, &st))
		die(device);
	dev = st.st_rdev; /* glibc's numbering is new_encode_dev()'s for what fits it */
	start(&m, family, WD_CMD_DEVICE_ADD);
	add(&m, WD_A_ROOT, &root, 4);
	add(&m, WD_A_DEV, &dev, 8);
	if (S_ISCHR(st.st_mode))
		add(&m, WD_A_FLAGS, &flags, 4);
	errno = -talk(&m, ignore, NULL);
	if (errno)
		die("DEVICE_ADD");
}

void guard_del(int root)
{
	struct message m;

	start(&m, family, WD_CMD_ROOT_DEL);
	add(&m, WD_A_ROOT, &root, 4);
	errno = -talk(&m, ignore, NULL);
	if (errno)
		die("ROOT_DEL");
}

struct info {
	uint64_t seq;
	unsigned int dirty;
};

static void see_info(int type, const void *data, size_t len, void *arg)
{
	struct info *info = arg;

	(void)len;
	if (type == WD_A_SEQ)
		memcpy(&info->seq, data, 8);
	if (type == WD_A_ARMED_DIRTY)
		memcpy(&info->dirty, data, 4);
}

static struct info ask(void)
{
	struct info info = {0};
	struct message m;

	start(&m, family, WD_CMD_INFO);
	talk(&m, see_info, &info);
	return info;
}

int guard_dirty(void)
{
	return ask().dirty;
}

/* ---- events ---- */

#define EVENTS_MAX 4096
static struct event *list;
static size_t count;
static uint64_t heard;

static void copy(char *to, size_t size, const void *data, size_t len)
{
	snprintf(to, size, "%.*s", (int)len, (const char *)data);
}

static void see_event(int type, const void *data, size_t len, void *arg)
{
	struct event *e = arg;

	switch (type) {
	case WD_A_SEQ:
		memcpy(&e->seq, data, 8);
		break;
	case WD_A_OP:
		memcpy(&e->op, data, 4);
		break;
	case WD_A_VERDICT:
		e->verdict = *(const unsigned char *)data;
		break;
	case WD_A_PID:
		memcpy(&e->pid, data, 4);
		break;
	case WD_A_TGID:
		memcpy(&e->tgid, data, 4);
		break;
	case WD_A_PATH:
		copy(e->path, sizeof(e->path), data, len);
		break;
	case WD_A_PATH2:
		copy(e->path2, sizeof(e->path2), data, len);
		break;
	case WD_A_COMM:
		copy(e->comm, sizeof(e->comm), data, len);
		break;
	}
}

static bool hear(int patience)
{
	static char buf[65536] __attribute__((aligned(8)));
	struct pollfd p = {.fd = listener, .events = POLLIN};
	struct nlmsghdr *n = (void *)buf;

	if (poll(&p, 1, patience) <= 0 || recv(listener, buf, sizeof(buf), 0) < 0)
		return false;
	if (count == EVENTS_MAX)
		return true;
	memset(&list[count], 0, sizeof(*list));
	each_of(n, see_event, &list[count]);
	heard = list[count].seq;
	if (((struct genlmsghdr *)NLMSG_DATA(n))->cmd == WD_CMD_EVENT)
		count++;
	return true;
}

size_t guard_events(const struct event **events)
{
	uint64_t last = ask().seq;

	if (!list)
		list = calloc(EVENTS_MAX, sizeof(*list));
	count = 0;
	while (hear(heard < last ? 2000 : 0))
		;
	*events = list;
	return count;
}
