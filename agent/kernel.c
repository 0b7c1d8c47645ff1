// SPDX-License-Identifier: Apache-2.0
/*
 * Commands go over one blocking socket, a request and its answer at a time; events come over
 * another one, so that a burst of them never stands before an answer.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "conf.h"
#include "filter.h"
#include "kernel.h"
#include "webdefender.h"

#define REQUEST_MAX 8192 /* the longest holds one path */
#define ANSWER_MAX 32768 /* an event holds three */
#define ANSWER_SECONDS 5
#define EVENTS_BUFFER (8 << 20)

_Static_assert(MODE_OFF == (int)WD_MODE_OFF && MODE_AUDIT == (int)WD_MODE_AUDIT &&
		       MODE_ENFORCE == (int)WD_MODE_ENFORCE,
	       "modes are the same numbers everywhere");
_Static_assert(FILTER_MAX == WD_FILTER_MAX && FILTERS_MAX == WD_FILTERS_MAX,
	       "what a release may say fits the module");

struct kernel {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t group, seq;
	char answer[ANSWER_MAX];
};

struct kernel_events {
	struct mnl_socket *nl;
	uint16_t family;
	char answer[ANSWER_MAX];
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

/* ---- requests and answers ---- */

struct attrs {
	const struct nlattr *v[WD_A_MAX + 1];
};

static int collect(const struct nlattr *a, void *arg)
{
	struct attrs *t = arg;
	uint16_t type = mnl_attr_get_type(a);

	if (type <= WD_A_MAX) /* a later module may say more */
		t->v[type] = a;
	return MNL_CB_OK;
}

static uint64_t get_uint(const struct attrs *t, enum wd_attr a)
{
	const struct nlattr *at = t->v[a];

	if (!at)
		return 0;
	switch (mnl_attr_get_payload_len(at)) {
	case 1:
		return mnl_attr_get_u8(at);
	case 4:
		return mnl_attr_get_u32(at);
	case 8:
		return mnl_attr_get_u64(at);
	default:
		return 0;
	}
}

static void get_text(const struct attrs *t, enum wd_attr a, char *to, size_t cap)
{
	const struct nlattr *at = t->v[a];
	size_t n = at ? strnlen(mnl_attr_get_payload(at), mnl_attr_get_payload_len(at)) : 0;

	if (n >= cap)
		n = cap - 1;
	if (n)
		memcpy(to, mnl_attr_get_payload(at), n);
	to[n] = '\0';
}

/* Exactly n of them, or zeros. */
static void get_bytes(const struct attrs *t, enum wd_attr a, uint8_t *to, size_t n)
{
	const struct nlattr *at = t->v[a];

	memset(to, 0, n);
	if (at && mnl_attr_get_payload_len(at) == n)
		memcpy(to, mnl_attr_get_payload(at), n);
}

static void get_boot_id(const struct attrs *t, char to[33])
{
	const struct nlattr *at = t->v[WD_A_BOOT_ID];
	const uint8_t *b = at ? mnl_attr_get_payload(at) : NULL;

	to[0] = '\0';
	if (!at || mnl_attr_get_payload_len(at) != 16)
		return;
	for (int i = 0; i < 16; i++)
		snprintf(to + 2 * i, 3, "%02x", b[i]);
}

/* NLMSGERR_ATTR_MSG: the kernel's own words on a refusal. */
static int find_words(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG)
		*(const char **)arg = mnl_attr_get_str(a);
	return MNL_CB_OK;
}

static int refused(const struct nlmsghdr *h, const char *what, struct err *err)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
	const char *words = NULL;
	size_t skip = sizeof(*e);

	if (!e->error)
		return 0;
	if (h->nlmsg_flags & NLM_F_ACK_TLVS) {
		if (!(h->nlmsg_flags & NLM_F_CAPPED))
			skip += mnl_nlmsg_get_payload_len(&e->msg);
		mnl_attr_parse(h, skip, find_words, &words);
	}
	errno = -e->error;
	if (words)
		err_set(err, "the module refused %s: %s (%s)", what, words, strerror(-e->error));
	else
		err_sys(err, "the module refused %s", what);
	errno = -e->error;
	return -1;
}

typedef void answer_fn(void *arg, const struct attrs *t);

/* Takes one datagram apart. 1: more to come; 0: all answered; -1: refused. */
static int answer(const char *buf, int n, uint32_t seq, const char *what, answer_fn *each,
		  void *arg, struct err *err)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)buf;
	struct attrs t;

	for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
		if (h->nlmsg_seq != seq)
			continue; /* an answer that came after we gave up on it */
		if (h->nlmsg_type == NLMSG_ERROR)
			return refused(h, what, err);
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		memset(&t, 0, sizeof(t));
		mnl_attr_parse(h, sizeof(struct genlmsghdr), collect, &t);
		if (each)
			each(arg, &t);
	}
	return 1;
}

static int talk(struct kernel *k, struct nlmsghdr *h, const char *what, answer_fn *each, void *arg,
		struct err *err)
{
	int n, more = 1;

	h->nlmsg_seq = ++k->seq;
	if (mnl_socket_sendto(k->nl, h, h->nlmsg_len) < 0)
		return err_sys(err, "cannot ask the module for %s", what);
	while (more > 0) {
		n = mnl_socket_recvfrom(k->nl, k->answer, sizeof(k->answer));
		if (n < 0)
			return err_sys(err, "no answer from the module on %s", what);
		more = answer(k->answer, n, k->seq, what, each, arg, err);
	}
	return more;
}

static struct nlmsghdr *request(char *buf, uint16_t type, uint16_t flags, uint8_t cmd,
				uint8_t version)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	g->cmd = cmd;
	g->version = version;
	return h;
}

static struct nlmsghdr *command(struct kernel *k, char *buf, enum wd_cmd cmd, uint16_t flags)
{
	return request(buf, k->family, flags, cmd, WD_GENL_VERSION);
}

/* ---- finding the family ---- */

static int find_group(const struct nlattr *a, void *arg)
{
	const struct nlattr *at;
	const char *name = NULL;
	uint32_t id = 0;

	mnl_attr_for_each_nested(at, a)
	{
		if (mnl_attr_get_type(at) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(at);
		else if (mnl_attr_get_type(at) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(at);
	}
	if (name && !strcmp(name, WD_GENL_GROUP_EVENTS))
		*(uint32_t *)arg = id;
	return MNL_CB_OK;
}

static void read_family(void *arg, const struct attrs *t)
{
	struct kernel *k = arg;
	const struct nlattr *at;

	if (t->v[CTRL_ATTR_FAMILY_ID])
		k->family = mnl_attr_get_u16(t->v[CTRL_ATTR_FAMILY_ID]);
	if (t->v[CTRL_ATTR_MCAST_GROUPS])
		mnl_attr_for_each_nested(at, t->v[CTRL_ATTR_MCAST_GROUPS])
			find_group(at, &k->group);
}

static int resolve(struct kernel *k, struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = request(buf, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);

	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, WD_GENL_NAME);
	if (!talk(k, h, "its address", read_family, k, NULL) && k->family)
		return 0;
	errno = ENOENT;
	return err_set(err, "the module is not loaded (modprobe webdefender)");
}

static struct mnl_socket *open_socket(struct err *err)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int one = 1;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		err_sys(err, "cannot open a netlink socket");
		if (nl)
			mnl_socket_close(nl);
		return NULL;
	}
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	return nl;
}

struct kernel *kernel_open(struct err *err)
{
	struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	struct kernel *k = calloc(1, sizeof(*k));
	int e;

	if (!k)
		return err_set(err, "out of memory"), NULL;
	k->seq = (uint32_t)time(NULL);
	k->nl = open_socket(err);
	if (k->nl) {
		setsockopt(mnl_socket_get_fd(k->nl), SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience));
		if (!resolve(k, err))
			return k;
	}
	e = errno;
	kernel_close(k);
	errno = e;
	return NULL;
}

void kernel_close(struct kernel *k)
{
	if (!k)
		return;
	if (k->nl)
		mnl_socket_close(k->nl);
	free(k);
}

/* ---- commands ---- */

static void read_info(void *arg, const struct attrs *t)
{
	struct kernel_info *i = arg;

	get_text(t, WD_A_VERSION, i->version, sizeof(i->version));
	get_boot_id(t, i->boot_id);
	i->mode = get_uint(t, WD_A_MODE);
	i->sealed = get_uint(t, WD_A_SEALED);
	i->agent_pid = get_uint(t, WD_A_AGENT_PID);
	i->seq = get_uint(t, WD_A_SEQ);
	i->dropped = get_uint(t, WD_A_DROPPED);
	i->armed_dirty = get_uint(t, WD_A_ARMED_DIRTY);
	i->hooks = get_uint(t, WD_A_HOOKS);
	get_text(t, WD_A_HOOKS_MISSING, i->hooks_missing, sizeof(i->hooks_missing));
	i->keeper_pid = get_uint(t, WD_A_KEEPER_PID);
	i->seal_seconds = get_uint(t, WD_A_SECONDS);
	get_bytes(t, WD_A_SEAL_KEY, i->seal_key.b, HASH_LEN);
}

int kernel_info(struct kernel *k, struct kernel_info *out, struct err *err)
{
	char buf[REQUEST_MAX];

	memset(out, 0, sizeof(*out));
	return talk(k, command(k, buf, WD_CMD_INFO, NLM_F_ACK), "its state", read_info, out, err);
}

int kernel_set_default(struct kernel *k, uint8_t mode, struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = command(k, buf, WD_CMD_MODE_SET, NLM_F_ACK);

	mnl_attr_put_u8(h, WD_A_MODE, mode);
	return talk(k, h, "the mode", NULL, NULL, err);
}

static void read_number(void *arg, const struct attrs *t)
{
	*(uint32_t *)arg = get_uint(t, WD_A_ROOT);
}

int kernel_root_add(struct kernel *k, const char *path, int mode, uint32_t *number, struct err *err)
{
	char buf[REQUEST_MAX], what[300];
	struct nlmsghdr *h = command(k, buf, WD_CMD_ROOT_ADD, NLM_F_ACK);

	if (strlen(path) >= WD_PATH_MAX) {
		errno = ENAMETOOLONG;
		return err_sys(err, "%.100s...", path);
	}
	mnl_attr_put_strz(h, WD_A_PATH, path);
	if (mode >= 0)
		mnl_attr_put_u8(h, WD_A_MODE, mode);
	snprintf(what, sizeof(what), "to protect %.250s", path);
	return talk(k, h, what, read_number, number, err);
}

int kernel_root_del(struct kernel *k, uint32_t number, struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = command(k, buf, WD_CMD_ROOT_DEL, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	return talk(k, h, "to drop the root", NULL, NULL, err);
}

int kernel_root_set(struct kernel *k, uint32_t number, uint8_t mode, struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = command(k, buf, WD_CMD_ROOT_SET, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_u8(h, WD_A_MODE, mode);
	return talk(k, h, "the root's mode", NULL, NULL, err);
}

struct root_reader {
	void (*each)(void *arg, const struct kernel_root *r);
	void *arg;
};

static void read_root(void *arg, const struct attrs *t)
{
	struct root_reader *reader = arg;
	struct kernel_root r;

	memset(&r, 0, sizeof(r));
	r.number = get_uint(t, WD_A_ROOT);
	get_text(t, WD_A_PATH, r.path, sizeof(r.path));
	r.mode = get_uint(t, WD_A_MODE);
	r.dev = get_uint(t, WD_A_DEV);
	r.ino = get_uint(t, WD_A_INO);
	r.denied = get_uint(t, WD_A_DENIED);
	r.reported = get_uint(t, WD_A_REPORTED);
	r.armed_dirty = get_uint(t, WD_A_ARMED_DIRTY);
	reader->each(reader->arg, &r);
}

int kernel_roots(struct kernel *k, void (*each)(void *arg, const struct kernel_root *r), void *arg,
		 struct err *err)
{
	struct root_reader reader = {each, arg};
	char buf[REQUEST_MAX];

	return talk(k, command(k, buf, WD_CMD_ROOT_GET, NLM_F_DUMP), "its roots", read_root,
		    &reader, err);
}

struct root_search {
	const char *path;
	struct kernel_root *out;
	bool found;
};

static void match_root(void *arg, const struct kernel_root *r)
{
	struct root_search *s = arg;

	if (strcmp(r->path, s->path))
		return;
	*s->out = *r;
	s->found = true;
}

int kernel_root_find(struct kernel *k, const char *path, struct kernel_root *out, struct err *err)
{
	struct root_search s = {path, out, false};

	if (kernel_roots(k, match_root, &s, err))
		return -1;
	if (s.found)
		return 0;
	errno = ENOENT;
	return err_set(err, "%.300s is not a protected root", path);
}

int kernel_device_add(struct kernel *k, uint32_t number, dev_t dev, struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = command(k, buf, WD_CMD_DEVICE_ADD, NLM_F_ACK);
	uint64_t low = minor(dev) & 0xff, high = minor(dev) & ~0xffu;

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_u64(h, WD_A_DEV, low | (uint64_t)major(dev) << 8 | high << 12);
	return talk(k, h, "a device below the root", NULL, NULL, err);
}

int kernel_inode_add(struct kernel *k, uint32_t number, uint64_t ino, struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = command(k, buf, WD_CMD_INODE_ADD, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_u64(h, WD_A_INO, ino);
	return talk(k, h, "a file with several names", NULL, NULL, err);
}

static int change_filter(struct kernel *k, enum wd_cmd cmd, uint32_t number, const char *text,
			 struct err *err)
{
	char buf[REQUEST_MAX], what[300];
	struct nlmsghdr *h = command(k, buf, cmd, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_strz(h, WD_A_PATTERN, text);
	snprintf(what, sizeof(what), "the filter %.250s", text);
	return talk(k, h, what, NULL, NULL, err);
}

int kernel_filter_add(struct kernel *k, uint32_t number, const char *text, struct err *err)
{
	if (filter_check(text, err)) {
		errno = EINVAL;
		return -1;
	}
	return change_filter(k, WD_CMD_FILTER_ADD, number, text, err);
}

int kernel_filter_del(struct kernel *k, uint32_t number, const char *text, struct err *err)
{
	if (strlen(text) >= WD_FILTER_MAX) {
		errno = ENOENT;
		return err_set(err, "there is no such filter");
	}
	return change_filter(k, WD_CMD_FILTER_DEL, number, text, err);
}

struct filter_reader {
	void (*each)(void *arg, uint32_t number, const char *text);
	void *arg;
};

static void read_filter(void *arg, const struct attrs *t)
{
	struct filter_reader *reader = arg;
	char text[WD_FILTER_MAX];

	get_text(t, WD_A_PATTERN, text, sizeof(text));
	reader->each(reader->arg, get_uint(t, WD_A_ROOT), text);
}

int kernel_filters(struct kernel *k, void (*each)(void *arg, uint32_t number, const char *text),
		   void *arg, struct err *err)
{
	struct filter_reader reader = {each, arg};
	char buf[REQUEST_MAX];

	return talk(k, command(k, buf, WD_CMD_FILTER_GET, NLM_F_DUMP), "its filters", read_filter,
		    &reader, err);
}

int kernel_register(struct kernel *k, uint64_t *seq, struct err *err)
{
	struct kernel_info i;
	char buf[REQUEST_MAX];

	memset(&i, 0, sizeof(i));
	if (talk(k, command(k, buf, WD_CMD_AGENT_REGISTER, NLM_F_ACK), "to register", read_info, &i,
		 err))
		return -1;
	*seq = i.seq;
	return 0;
}

/* ---- the seal ---- */

_Static_assert(SEAL_NONCE_LEN == WD_SEAL_NONCE_LEN && SEAL_HOST_MAX == WD_SEAL_HOST_MAX &&
		       SEAL_DER_MAX == WD_SEAL_KEY_MAX && SEAL_SIG_MAX == WD_SEAL_SIGNATURE_MAX &&
		       SEAL_SECONDS_MAX == WD_UNSEAL_SECONDS_MAX &&
		       sizeof(SEAL_DOMAIN) == sizeof(WD_SEAL_DOMAIN),
	       "lib/seal.h and the module agree");

int kernel_keep(struct kernel *k, struct err *err)
{
	char buf[REQUEST_MAX];

	return talk(k, command(k, buf, WD_CMD_AGENT_KEEPER, NLM_F_ACK), "a keeper", NULL, NULL,
		    err);
}

int kernel_seal_key(struct kernel *k, const uint8_t *der, size_t n, const char *host,
		    struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = command(k, buf, WD_CMD_SEAL_KEY, NLM_F_ACK);

	mnl_attr_put(h, WD_A_SEAL_KEY, n, der);
	mnl_attr_put_strz(h, WD_A_HOST, host);
	return talk(k, h, "the seal key", NULL, NULL, err);
}

int kernel_seal(struct kernel *k, bool without_agent, struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = command(k, buf, WD_CMD_SEAL, NLM_F_ACK);

	if (without_agent)
		mnl_attr_put_u32(h, WD_A_SEAL_FLAGS, WD_SEAL_NO_AGENT);
	return talk(k, h, "to be sealed", NULL, NULL, err);
}

static void read_nonce(void *arg, const struct attrs *t)
{
	struct kernel_nonce *out = arg;

	get_bytes(t, WD_A_NONCE, out->nonce, sizeof(out->nonce));
	get_bytes(t, WD_A_BOOT_ID, out->boot, sizeof(out->boot));
	get_text(t, WD_A_HOST, out->host, sizeof(out->host));
	out->seconds = get_uint(t, WD_A_SECONDS);
}

int kernel_seal_nonce(struct kernel *k, struct kernel_nonce *out, struct err *err)
{
	char buf[REQUEST_MAX];

	memset(out, 0, sizeof(*out));
	return talk(k, command(k, buf, WD_CMD_SEAL_NONCE, NLM_F_ACK), "a nonce", read_nonce, out,
		    err);
}

int kernel_unseal(struct kernel *k, uint32_t seconds, const uint8_t nonce[SEAL_NONCE_LEN],
		  const uint8_t *sig, size_t n, struct err *err)
{
	char buf[REQUEST_MAX];
	struct nlmsghdr *h = command(k, buf, WD_CMD_UNSEAL, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_SECONDS, seconds);
	mnl_attr_put(h, WD_A_NONCE, SEAL_NONCE_LEN, nonce);
	mnl_attr_put(h, WD_A_SIGNATURE, n, sig);
	return talk(k, h, "to be unsealed", NULL, NULL, err);
}

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
	e->pid = get_uint(t, WD_A_PID);
	e->tgid = get_uint(t, WD_A_TGID);
	e->uid = get_uint(t, WD_A_UID);
	e->euid = get_uint(t, WD_A_EUID);
	e->loginuid = get_uint(t, WD_A_LOGINUID);
	get_text(t, WD_A_COMM, e->comm, sizeof(e->comm));
	get_text(t, WD_A_EXE, e->exe, sizeof(e->exe));
}

static void read_event(struct kernel_event *k, const struct attrs *t)
{
	struct wd_event *e = &k->event;
	uint32_t op = get_uint(t, WD_A_OP), flags = get_uint(t, WD_A_FLAGS);
	unsigned int traits;

	memset(k, 0, sizeof(*k));
	op = op <= WD_OP_MAX ? op : WD_OP_UNSPEC;
	traits = ops[op].traits;
	k->seq = get_uint(t, WD_A_SEQ);
	k->dropped = get_uint(t, WD_A_DROPPED);
	k->ino = get_uint(t, WD_A_INO);
	k->path_cut = flags & WD_F_PATH_CUT;
	k->alias = flags & WD_F_ALIAS;
	k->whole_root = (traits & WHOLE) || (flags & WD_F_ANCESTOR);
	k->is_file = !(traits & NO_FILE);
	k->opened = traits & OPENED;
	k->name_only = traits & NAMES;
	k->subtree = traits & SUBTREE;
	e->time = get_uint(t, WD_A_TIME);
	snprintf(e->source, sizeof(e->source), "kmod");
	snprintf(e->op, sizeof(e->op), "%s", ops[op].name);
	e->denied = get_uint(t, WD_A_VERDICT) == WD_VERDICT_DENIED;
	e->outcome = e->denied ? OUTCOME_DENIED : OUTCOME_PENDING;
	get_text(t, WD_A_PATH, e->path, sizeof(e->path));
	get_text(t, WD_A_PATH2, e->path2, sizeof(e->path2));
	get_text(t, WD_A_DETAIL, e->detail, sizeof(e->detail));
	e->repeat = t->v[WD_A_REPEAT] ? get_uint(t, WD_A_REPEAT) : 1;
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
		memset(&t, 0, sizeof(t));
		mnl_attr_parse(h, sizeof(*g), collect, &t);
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
