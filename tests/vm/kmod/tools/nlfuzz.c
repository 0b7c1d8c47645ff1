// SPDX-License-Identifier: Apache-2.0
/*
 * nlfuzz - malformed messages for webdefender.ko: each must be refused, with a sentence
 *
 * usage: nlfuzz ATTRIBUTES SEED
 *        nlfuzz refused        every command there is, once: prints those that do not say EPERM
 *
 * Sends messages until they have held as many attributes. Every message is wrong somewhere: an
 * attribute that its command does not take, of a wrong length, out of range, cut, missing, or a
 * root that does not exist. The answer must be an error with an extended-ack message, or at
 * least one that names the attribute. (covfuzz sends right ones too, led by what they reach.)
 *
 * Prints {"messages":N,"attributes":N,"refused":N,"silent":N,"accepted":N}; exits 1
 * if a malformed message was accepted or refused without a word.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "webdefender.h"

#define ROOM 8192
#define PER_MESSAGE 64

struct input {
	unsigned int len;
	unsigned int attributes;
	unsigned char bytes[ROOM];
};

static int nl;
static uint16_t family;
static uint32_t seq;
static uint64_t random_state;

static uint32_t chance(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % below;
}

/* ---- making messages ---- */

static const unsigned char commands[] = {
	WD_CMD_INFO,	   WD_CMD_MODE_SET,	WD_CMD_ROOT_ADD,       WD_CMD_ROOT_DEL,
	WD_CMD_ROOT_SET,   WD_CMD_ROOT_GET,	WD_CMD_AGENT_REGISTER, WD_CMD_AGENT_UNREGISTER,
	WD_CMD_INODE_ADD,  WD_CMD_INODE_DEL,	WD_CMD_FILTER_ADD,     WD_CMD_FILTER_DEL,
	WD_CMD_FILTER_GET, WD_CMD_AGENT_KEEPER, WD_CMD_SEAL_KEY,       WD_CMD_SEAL,
	WD_CMD_SEAL_NONCE, WD_CMD_UNSEAL,	WD_CMD_DEVICE_ADD,
};

static void add(struct input *in, unsigned int type, const void *data, unsigned int len)
{
	struct nlattr *a = (void *)(in->bytes + in->len);

	if (in->len + NLA_HDRLEN + NLA_ALIGN(len) > ROOM)
		return;
	memset(a, 0, NLA_HDRLEN + NLA_ALIGN(len));
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	in->len += NLA_HDRLEN + NLA_ALIGN(len);
	in->attributes++;
}

/* Of the right kind, or nearly. */
static void add_plausible(struct input *in)
{
	static const char path[] = "/nowhere/at/all";
	uint64_t number = 0x7fff0000u + chance(100);

	switch (chance(6)) {
	case 0:
		add(in, WD_A_ROOT, &number, 4); /* never one that exists */
		break;
	case 1:
		add(in, WD_A_INO, &number, 8);
		break;
	case 2:
		number = chance(256);
		add(in, WD_A_MODE, &number, 1);
		break;
	case 3:
		add(in, WD_A_PATH, path, chance(sizeof(path) + 1));
		break;
	case 4:
		add(in, WD_A_ROOT, &number, chance(9));
		break;
	case 5:
		add(in, WD_A_PATH, in->bytes, chance(200));
		break;
	}
}

static void add_junk(struct input *in)
{
	unsigned char junk[64];
	unsigned int i;

	for (i = 0; i < sizeof(junk); i++)
		junk[i] = chance(256);
	add(in, chance(WD_A_MAX + 8), junk, chance(sizeof(junk)));
}

/* One that no command takes: whatever else is right, this message is not. */
static void add_wrong(struct input *in)
{
	uint64_t value = chance(~0u);

	add(in, WD_A_MAX + 1 + chance(100), &value, chance(9));
}

static void make(struct input *in)
{
	struct nlmsghdr *n = (void *)in->bytes;
	struct genlmsghdr *g = (void *)(in->bytes + NLMSG_HDRLEN);
	unsigned int count = 1 + chance(PER_MESSAGE), wrong = chance(count), i;

	memset(in->bytes, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	in->len = NLMSG_HDRLEN + GENL_HDRLEN;
	in->attributes = 0;
	g->cmd = commands[chance(sizeof(commands))];
	g->version = chance(16) ? 1 : chance(256);
	for (i = 0; i < count; i++) {
		if (i == wrong)
			add_wrong(in);
		chance(2) ? add_plausible(in) : add_junk(in);
	}
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (g->cmd == WD_CMD_ROOT_GET ||
	    g->cmd == WD_CMD_FILTER_GET) /* else they are no commands */
		n->nlmsg_flags |= NLM_F_DUMP;
	if (!chance(8)) /* a length that lies, in the last attribute */
		in->bytes[in->len - 4] ^= 1 + chance(255);
}

/* ---- sending ---- */

enum answer { REFUSED, SILENT, ACCEPTED };

static bool has_words(const struct nlmsghdr *n, ssize_t len)
{
	const struct nlmsgerr *e = NLMSG_DATA(n);
	size_t skip = NLMSG_HDRLEN + sizeof(*e);

	if (!(n->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	return (n->nlmsg_flags & NLM_F_ACK_TLVS) && (size_t)len > skip + NLA_HDRLEN;
}

static enum answer send_one(struct input *in)
{
	static unsigned char buf[32768] __attribute__((aligned(8)));
	struct nlmsghdr *n = (void *)in->bytes;
	enum answer answer = ACCEPTED;
	ssize_t len;

	n->nlmsg_len = in->len;
	n->nlmsg_type = family;
	n->nlmsg_seq = ++seq;
	if (send(nl, in->bytes, in->len, 0) < 0)
		return REFUSED;
	for (;;) {
		len = recv(nl, buf, sizeof(buf), MSG_DONTWAIT);
		if (len < 0)
			return answer;
		n = (void *)buf;
		if (n->nlmsg_seq != seq || n->nlmsg_type != NLMSG_ERROR)
			continue;
		if (!((struct nlmsgerr *)NLMSG_DATA(n))->error)
			continue;
		answer = has_words(n, len) ? REFUSED : SILENT;
	}
}

static void find_family(void)
{
	struct input in = {0};
	struct nlmsghdr *n = (void *)in.bytes;
	struct nlattr *a;
	unsigned char buf[8192];
	ssize_t len;

	in.len = NLMSG_HDRLEN + GENL_HDRLEN;
	((struct genlmsghdr *)NLMSG_DATA(n))->cmd = CTRL_CMD_GETFAMILY;
	add(&in, CTRL_ATTR_FAMILY_NAME, WD_GENL_NAME, sizeof(WD_GENL_NAME));
	n->nlmsg_len = in.len;
	n->nlmsg_type = GENL_ID_CTRL;
	n->nlmsg_flags = NLM_F_REQUEST;
	if (send(nl, in.bytes, in.len, 0) < 0 || (len = recv(nl, buf, sizeof(buf), 0)) < 0)
		return;
	for (a = (void *)(buf + NLMSG_HDRLEN + GENL_HDRLEN); (unsigned char *)a < buf + len;
	     a = (void *)((char *)a + NLA_ALIGN(a->nla_len)))
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			family = *(uint16_t *)((char *)a + NLA_HDRLEN);
		else if (a->nla_len < NLA_HDRLEN)
			return;
}

/* ---- without the right to ---- */

static int error_of(unsigned int cmd, unsigned int flags)
{
	struct {
		struct nlmsghdr n;
		struct genlmsghdr g;
	} m = {.n = {sizeof(m), family, NLM_F_REQUEST | flags, ++seq, 0},
	       .g = {.cmd = cmd, .version = 1}};
	unsigned char buf[8192] __attribute__((aligned(8)));
	struct nlmsghdr *n = (void *)buf;

	if (send(nl, &m, sizeof(m), 0) < 0)
		return errno;
	while (recv(nl, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		if (n->nlmsg_seq == seq &&
		    (n->nlmsg_type == NLMSG_ERROR || n->nlmsg_type == NLMSG_DONE))
			return -*(int *)NLMSG_DATA(n);
	return 0;
}

static int all_refused(void)
{
	unsigned int cmd, let = 0, tried = 0;

	for (cmd = 1; cmd <= WD_CMD_MAX; cmd++) {
		int one = error_of(cmd, NLM_F_ACK), dump = error_of(cmd, NLM_F_DUMP);

		if (one == EOPNOTSUPP && dump == EOPNOTSUPP)
			continue; /* an event, which nobody sends */
		tried++;
		if ((one != EPERM && one != EOPNOTSUPP) || (dump != EPERM && dump != EOPNOTSUPP)) {
			printf("command %u: %s, dump: %s\n", cmd, strerror(one), strerror(dump));
			let++;
		}
	}
	printf("%u commands refused, %u not\n", tried - let, let);
	return let || !tried;
}

/* ---- main ---- */

static void open_link(void)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK};
	int one = 1;

	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (nl < 0 || bind(nl, (void *)&addr, sizeof(addr)) ||
	    setsockopt(nl, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one))) {
		perror("nlfuzz: netlink");
		exit(2);
	}
	find_family();
	if (!family) {
		fprintf(stderr, "nlfuzz: the module is not loaded\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct input in;
	uint64_t wanted, attributes = 0, messages = 0, answers[3] = {0};

	if (argc == 2 && !strcmp(argv[1], "refused")) {
		open_link();
		return all_refused();
	}
	if (argc < 3)
		return fprintf(stderr, "usage: nlfuzz ATTRIBUTES SEED\n"), 2;
	wanted = strtoull(argv[1], NULL, 10);
	random_state = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ul + 1;
	open_link();
	while (attributes < wanted) {
		enum answer answer;

		make(&in);
		answer = send_one(&in);
		if (answer != REFUSED && answers[answer] < 3)
			fprintf(stderr, "nlfuzz: %s: command %u, %u attributes\n",
				answer == SILENT ? "refused without a word" : "accepted",
				((struct genlmsghdr *)(in.bytes + NLMSG_HDRLEN))->cmd,
				in.attributes);
		answers[answer]++;
		attributes += in.attributes;
		messages++;
	}
	printf("{\"messages\":%ju,\"attributes\":%ju,\"refused\":%ju,\"silent\":%ju,\"accepted\":%ju}\n",
	       (uintmax_t)messages, (uintmax_t)attributes, (uintmax_t)answers[REFUSED],
	       (uintmax_t)answers[SILENT], (uintmax_t)answers[ACCEPTED]);
	return answers[SILENT] || answers[ACCEPTED];
}
