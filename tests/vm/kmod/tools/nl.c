// SPDX-License-Identifier: Apache-2.0
/* nl.c - see nl.h */
#include "nl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int nl = -1;
static uint16_t family = GENL_ID_CTRL;
static uint32_t seq;

static char words[512];
static unsigned char answers[65536] __attribute__((aligned(8)));
static size_t answers_len;

void nl_start(struct nl_message *m, uint8_t cmd, uint16_t flags)
{
	memset(m, 0, offsetof(struct nl_message, attrs));
	m->n.nlmsg_len = offsetof(struct nl_message, attrs);
	m->n.nlmsg_type = family;
	m->n.nlmsg_flags = NLM_F_REQUEST | flags;
	m->g.cmd = cmd;
	m->g.version = WD_GENL_VERSION;
}

void nl_add(struct nl_message *m, unsigned int type, const void *data, size_t len)
{
	struct nlattr *a = (void *)((char *)m + m->n.nlmsg_len);

	if (m->n.nlmsg_len + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(*m))
		return;
	memset(a, 0, NLA_HDRLEN + NLA_ALIGN(len));
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	m->n.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(len);
}

/* The attribute of that type between two places, or NULL. */
static const struct nlattr *look_for(const char *at, const char *end, unsigned int type)
{
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *a = (const void *)at;

		if (a->nla_len < NLA_HDRLEN || at + a->nla_len > end)
			return NULL;
		if (a->nla_type == type)
			return a;
		at += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static void take_words(const struct nlmsghdr *n)
{
	const struct nlmsgerr *e = NLMSG_DATA(n);
	size_t skip = NLMSG_HDRLEN + sizeof(*e);
	const struct nlattr *a;

	words[0] = '\0';
	if (!(n->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(n->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	a = look_for((const char *)n + NLMSG_ALIGN(skip), (const char *)n + n->nlmsg_len,
		     NLMSGERR_ATTR_MSG);
	if (a)
		snprintf(words, sizeof(words), "%.*s", a->nla_len - NLA_HDRLEN,
			 (const char *)a + NLA_HDRLEN);
}

static void keep_answer(const struct nlmsghdr *n)
{
	if (answers_len + NLMSG_ALIGN(n->nlmsg_len) > sizeof(answers))
		return;
	memcpy(answers + answers_len, n, n->nlmsg_len);
	answers_len += NLMSG_ALIGN(n->nlmsg_len);
}

int nl_talk(struct nl_message *m)
{
	static unsigned char buf[65536] __attribute__((aligned(8)));
	ssize_t len;
	int err = 0;

	words[0] = '\0';
	answers_len = 0;
	m->n.nlmsg_seq = ++seq;
	if (send(nl, m, m->n.nlmsg_len, 0) < 0)
		return errno;
	while ((len = recv(nl, buf, sizeof(buf), MSG_DONTWAIT)) >= 0 || errno == ENOBUFS) {
		struct nlmsghdr *n = (void *)buf;

		if (len < 0) { /* there was no memory for the answer */
			err = ENOBUFS;
			continue;
		}

		for (; NLMSG_OK(n, (size_t)len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_seq != seq)
				continue;
			if (n->nlmsg_type == family || n->nlmsg_type == GENL_ID_CTRL)
				keep_answer(n);
			else if (n->nlmsg_type != NLMSG_ERROR)
				continue;
			else if ((err = -*(int *)NLMSG_DATA(n)))
				take_words(n);
		}
	}
	return err;
}

const char *nl_words(void)
{
	return words;
}

static const struct nlmsghdr *answer(unsigned int i)
{
	const unsigned char *at = answers;

	for (; at < answers + answers_len; at += NLMSG_ALIGN(((struct nlmsghdr *)at)->nlmsg_len))
		if (!i--)
			return (const void *)at;
	return NULL;
}

unsigned int nl_answers(void)
{
	unsigned int n = 0;

	while (answer(n))
		n++;
	return n;
}

static const struct nlattr *attribute(unsigned int i, unsigned int type)
{
	const struct nlmsghdr *n = answer(i);

	return n ? look_for((const char *)n + NLMSG_HDRLEN + GENL_HDRLEN,
			    (const char *)n + n->nlmsg_len, type)
		 : NULL;
}

int nl_bytes(unsigned int i, unsigned int type, void *to, size_t len)
{
	const struct nlattr *a = attribute(i, type);

	if (!a || a->nla_len < NLA_HDRLEN + len)
		return -1;
	memcpy(to, (const char *)a + NLA_HDRLEN, len);
	return 0;
}

uint32_t nl_answer(unsigned int i, unsigned int type)
{
	const struct nlattr *a = attribute(i, type);
	uint32_t value = 0;

	if (a)
		memcpy(&value, (const char *)a + NLA_HDRLEN,
		       a->nla_len - NLA_HDRLEN < 4 ? a->nla_len - NLA_HDRLEN : 4);
	return value;
}

unsigned int nl_clear(void)
{
	uint32_t ids[WD_ROOTS_MAX];
	struct nl_message m;
	unsigned int i, n;

	nl_start(&m, WD_CMD_ROOT_GET, NLM_F_DUMP);
	nl_talk(&m);
	n = nl_answers() < WD_ROOTS_MAX ? nl_answers() : WD_ROOTS_MAX;
	for (i = 0; i < n; i++)
		ids[i] = nl_answer(i, WD_A_ROOT);
	for (i = 0; i < n; i++) {
		nl_start(&m, WD_CMD_ROOT_DEL, NLM_F_ACK);
		nl_add(&m, WD_A_ROOT, &ids[i], 4);
		nl_talk(&m);
	}
	nl_start(&m, WD_CMD_ROOT_GET, NLM_F_DUMP);
	nl_talk(&m);
	return nl_answers();
}

void nl_close(void)
{
	close(nl);
	nl = -1;
	family = GENL_ID_CTRL;
}

void nl_open(const char *program)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK};
	struct nl_message m;
	int one = 1;

	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (nl < 0 || bind(nl, (void *)&addr, sizeof(addr)) ||
	    setsockopt(nl, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one))) {
		fprintf(stderr, "%s: netlink: %s\n", program, strerror(errno));
		exit(2);
	}
	nl_start(&m, CTRL_CMD_GETFAMILY, 0);
	nl_add(&m, CTRL_ATTR_FAMILY_NAME, WD_GENL_NAME, sizeof(WD_GENL_NAME));
	nl_talk(&m);
	family = nl_answer(0, CTRL_ATTR_FAMILY_ID);
	if (!family) {
		fprintf(stderr, "%s: the module is not loaded\n", program);
		exit(2);
	}
}
