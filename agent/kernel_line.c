// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include "kernel_line.h"

#define ANSWER_SECONDS 5

/* ---- requests and answers ---- */

static int collect(const struct nlattr *a, void *arg)
{
	struct attrs *t = arg;
	uint16_t type = mnl_attr_get_type(a);

	if (type <= WD_A_MAX) /* a later module may say more */
		t->v[type] = a;
	return MNL_CB_OK;
}

void kernel_attrs(const struct nlmsghdr *h, size_t skip, struct attrs *t)
{
	memset(t, 0, sizeof(*t));
	mnl_attr_parse(h, skip, collect, t);
}

uint64_t attr_uint(const struct attrs *t, enum wd_attr a)
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

void attr_text(const struct attrs *t, enum wd_attr a, char *to, size_t cap)
{
	const struct nlattr *at = t->v[a];
	size_t n = at ? strnlen(mnl_attr_get_payload(at), mnl_attr_get_payload_len(at)) : 0;

	if (n >= cap)
		n = cap - 1;
	if (n)
		memcpy(to, mnl_attr_get_payload(at), n);
	to[n] = '\0';
}

void attr_bytes(const struct attrs *t, enum wd_attr a, uint8_t *to, size_t n)
{
	const struct nlattr *at = t->v[a];

	memset(to, 0, n);
	if (at && mnl_attr_get_payload_len(at) == n)
		memcpy(to, mnl_attr_get_payload(at), n);
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

/* Takes one datagram apart. 1: more to come; 0: all answered; -1: refused. */
static int answer(const char *buf, int n, uint32_t seq, const char *what, kernel_answer_fn *each,
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
		kernel_attrs(h, sizeof(struct genlmsghdr), &t);
		if (each)
			each(arg, &t);
	}
	return 1;
}

int kernel_talk(struct kernel *k, struct nlmsghdr *h, const char *what, kernel_answer_fn *each,
		void *arg, struct err *err)
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

struct nlmsghdr *kernel_command(struct kernel *k, char *buf, enum wd_cmd cmd, uint16_t flags)
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
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = request(buf, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);

	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, WD_GENL_NAME);
	if (!kernel_talk(k, h, "its address", read_family, k, NULL) && k->family)
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
