// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "kernel_line.h"

#define EVENTS_BUFFER (8 << 20)

struct kernel_events {
	struct mnl_socket *nl;
	uint16_t family;
	char answer[KERNEL_ANSWER_MAX];
	struct kernel_event event; /* large, therefore not on the stack */
};

/* ---- what an operation means ---- */

enum op_traits { NAMES = 1, OPENED = 2, SUBTREE = 4, WHOLE = 8, NO_FILE = 16 };

static const struct {
	const char *name;
	unsigned int traits;
} ops[WD_OP_MAX + 1] = {
	[WD_OP_UNSPEC] = {"unknown", WHOLE},
	[WD_OP_OPEN] = {"open", OPENED},
	[WD_OP_WRITE] = {"write", OPENED},
	[WD_OP_MMAP] = {"mmap", OPENED},
	[WD_OP_TRUNCATE] = {"truncate", OPENED},
	[WD_OP_CREATE] = {"create", NAMES | OPENED},
	[WD_OP_UNLINK] = {"unlink", NAMES},
	[WD_OP_MKDIR] = {"mkdir", NAMES},
	[WD_OP_RMDIR] = {"rmdir", NAMES},
	[WD_OP_RENAME] = {"rename", NAMES | SUBTREE},
	[WD_OP_LINK] = {"link", NAMES},
	[WD_OP_SYMLINK] = {"symlink", NAMES},
	[WD_OP_MKNOD] = {"mknod", NAMES},
	[WD_OP_CHMOD] = {"chmod", 0},
	[WD_OP_CHOWN] = {"chown", 0},
	[WD_OP_UTIMES] = {"utimes", 0},
	[WD_OP_SETXATTR] = {"setxattr", 0},
	[WD_OP_REMOVEXATTR] = {"removexattr", 0},
	[WD_OP_ACL] = {"acl", 0},
	[WD_OP_IOCTL] = {"ioctl", OPENED},
	[WD_OP_MOUNT] = {"mount", WHOLE},
	[WD_OP_UMOUNT] = {"umount", WHOLE},
	[WD_OP_DEVICE] = {"device", WHOLE},
	[WD_OP_PTRACE] = {"ptrace", NO_FILE},
	[WD_OP_KILL] = {"kill", NO_FILE},
	[WD_OP_UNLOAD] = {"unload", NO_FILE},
	[WD_OP_POLICY] = {"policy", NO_FILE},
	[WD_OP_KERNEL] = {"kernel", NO_FILE},
};

/* ---- events ---- */

struct kernel_events *kernel_events_open(struct err *err)
{
	struct kernel *k = kernel_open(err);
	struct kernel_events *ev = k ? calloc(1, sizeof(*ev)) : NULL;
	int size = EVENTS_BUFFER, one = 1, group, e;

	if (!ev) {
		e = errno;
		kernel_close(k);
		errno = e;
		return NULL;
	}
	group = k->group;
	ev->family = k->family;
	ev->nl = k->nl;
	free(k);
	/* Events that fit no more are lost, though counted: be generous. */
	if (setsockopt(mnl_socket_get_fd(ev->nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(mnl_socket_get_fd(ev->nl), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Else the module is never told that this socket was full, and counts too little as lost.
	 */
	mnl_socket_setsockopt(ev->nl, NETLINK_BROADCAST_ERROR, &one, sizeof(one));
	if (mnl_socket_setsockopt(ev->nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group))) {
		err_sys(err, "cannot listen to the module's events");
		kernel_events_close(ev);
		return NULL;
	}
	return ev;
}

void kernel_events_close(struct kernel_events *k)
{
	if (!k)
		return;
	mnl_socket_close(k->nl);
	free(k);
}

int kernel_events_fd(const struct kernel_events *k)
{
	return mnl_socket_get_fd(k->nl);
}

static void read_who(struct wd_event *e, const struct attrs *t)
{
	e->pid = attr_uint(t, WD_A_PID);
	e->tgid = attr_uint(t, WD_A_TGID);
	e->uid = attr_uint(t, WD_A_UID);
	e->euid = attr_uint(t, WD_A_EUID);
	e->loginuid = attr_uint(t, WD_A_LOGINUID);
	attr_text(t, WD_A_COMM, e->comm, sizeof(e->comm));
	attr_text(t, WD_A_EXE, e->exe, sizeof(e->exe));
}

static void read_event(struct kernel_event *k, const struct attrs *t)
{
	struct wd_event *e = &k->event;
	uint32_t op = attr_uint(t, WD_A_OP), flags = attr_uint(t, WD_A_FLAGS);
	unsigned int traits;

	memset(k, 0, sizeof(*k));
	op = op <= WD_OP_MAX ? op : WD_OP_UNSPEC;
	traits = ops[op].traits;
	k->seq = attr_uint(t, WD_A_SEQ);
	k->dropped = attr_uint(t, WD_A_DROPPED);
	k->ino = attr_uint(t, WD_A_INO);
	k->path_cut = flags & WD_F_PATH_CUT;
	k->alias = flags & WD_F_ALIAS;
	k->whole_root = (traits & WHOLE) || (flags & WD_F_ANCESTOR);
	k->is_file = !(traits & NO_FILE);
	k->opened = traits & OPENED;
	k->name_only = traits & NAMES;
	k->subtree = traits & SUBTREE;
	e->time = attr_uint(t, WD_A_TIME);
	snprintf(e->source, sizeof(e->source), "kmod");
	snprintf(e->op, sizeof(e->op), "%s", ops[op].name);
	e->denied = attr_uint(t, WD_A_VERDICT) == WD_VERDICT_DENIED;
	e->outcome = e->denied ? OUTCOME_DENIED : OUTCOME_PENDING;
	attr_text(t, WD_A_PATH, e->path, sizeof(e->path));
	attr_text(t, WD_A_PATH2, e->path2, sizeof(e->path2));
	attr_text(t, WD_A_DETAIL, e->detail, sizeof(e->detail));
	e->repeat = t->v[WD_A_REPEAT] ? attr_uint(t, WD_A_REPEAT) : 1;
	read_who(e, t);
}

static void take_apart(struct kernel_events *k, int n,
		       void (*each)(void *arg, const struct kernel_event *e), void *arg)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)k->answer;
	const struct genlmsghdr *g;
	struct attrs t;

	for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
		if (h->nlmsg_type != k->family || mnl_nlmsg_get_payload_len(h) < sizeof(*g))
			continue;
		g = mnl_nlmsg_get_payload(h);
		if (g->cmd != WD_CMD_EVENT)
			continue;
		kernel_attrs(h, sizeof(*g), &t);
		read_event(&k->event, &t);
		each(arg, &k->event);
	}
}

int kernel_events_read(struct kernel_events *k, int most,
		       void (*each)(void *arg, const struct kernel_event *e), void *arg)
{
	struct sockaddr_nl from;
	socklen_t len;
	ssize_t n;
	int done = 0;

	while (done < most) {
		len = sizeof(from);
		n = recvfrom(mnl_socket_get_fd(k->nl), k->answer, sizeof(k->answer), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || done ? done : -1;
		/* Only the kernel (port 0) speaks for the module. */
		if (len == sizeof(from) && from.nl_pid == 0)
			take_apart(k, n, each, arg);
		done++;
	}
	return done;
}
