// SPDX-License-Identifier: Apache-2.0
/*
 * faults - every allocation of a command fails once, in turn
 *
 * usage: faults ROOT-DIRECTORY
 *
 * For each command of webdefender.ko and for its sysfs files: the first allocation of the call is
 * made to fail, then the second, until the call has no more. A refused command must have changed
 * nothing. Needs a kernel with failslab (77 otherwise). Prints how many failures there were.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "webdefender.h"

static int nl, fail_nth;
static uint16_t family;
static uint32_t seq, root;
static unsigned int failures, problems;

struct message {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char attrs[4096];
};

static void start(struct message *m, uint16_t type, uint8_t cmd, uint16_t flags)
{
	memset(m, 0, sizeof(*m));
	m->n.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->n.nlmsg_type = type;
	m->n.nlmsg_flags = NLM_F_REQUEST | flags;
	m->g.cmd = cmd;
	m->g.version = 1;
}

static void add(struct message *m, int type, const void *data, size_t len)
{
	struct nlattr *a = (void *)((char *)m + m->n.nlmsg_len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	m->n.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(len);
}

static void see(const struct nlmsghdr *n, uint16_t wanted, void *to, size_t size)
{
	const char *p = (const char *)n + NLMSG_HDRLEN + GENL_HDRLEN;

	while (p + NLA_HDRLEN <= (const char *)n + n->nlmsg_len) {
		const struct nlattr *a = (const void *)p;

		if (a->nla_len < NLA_HDRLEN)
			return;
		if (a->nla_type == wanted)
			memcpy(to, p + NLA_HDRLEN, size);
		p += NLA_ALIGN(a->nla_len);
	}
}

/* What the last answer said; the answer itself may be what could not be allocated. */
static int talk(struct message *m)
{
	static char buf[65536] __attribute__((aligned(8)));
	int err = 0;
	ssize_t len;

	m->n.nlmsg_seq = ++seq;
	if (send(nl, m, m->n.nlmsg_len, 0) < 0)
		return errno;
	while ((len = recv(nl, buf, sizeof(buf), MSG_DONTWAIT)) != -1) {
		struct nlmsghdr *n = (void *)buf;

		for (; NLMSG_OK(n, (size_t)len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_seq != seq)
				continue;
			if (n->nlmsg_type == NLMSG_ERROR)
				err = -*(int *)NLMSG_DATA(n);
			else if (n->nlmsg_type == family && m->g.cmd == WD_CMD_ROOT_ADD)
				see(n, WD_A_ROOT, &root, 4);
			else if (n->nlmsg_type == GENL_ID_CTRL)
				see(n, CTRL_ATTR_FAMILY_ID, &family, 2);
		}
	}
	return err;
}

static void arm_fault(int n)
{
	char text[16];

	if (pwrite(fail_nth, text, snprintf(text, sizeof(text), "%d", n), 0) < 0) {
		perror("faults: fail-nth");
		exit(77);
	}
}

/* Whether the one that was to fail was reached. */
static int fault_hit(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 0)
		return 0;
	arm_fault(0);
	return atoi(text) == 0;
}

static int count_roots(void)
{
	struct message m;
	static char buf[65536] __attribute__((aligned(8)));
	int count = 0, done = 0;
	ssize_t len;

	start(&m, family, WD_CMD_ROOT_GET, NLM_F_DUMP);
	m.n.nlmsg_seq = ++seq;
	if (send(nl, &m, m.n.nlmsg_len, 0) < 0)
		return -1;
	while (!done && (len = recv(nl, buf, sizeof(buf), 0)) > 0) {
		struct nlmsghdr *n = (void *)buf;

		for (; NLMSG_OK(n, (size_t)len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_seq != seq)
				continue;
			count += n->nlmsg_type == family;
			done |= n->nlmsg_type == NLMSG_DONE || n->nlmsg_type == NLMSG_ERROR;
		}
	}
	return count;
}

static void problem(const char *what, int n)
{
	fprintf(stderr, "faults: %s at allocation %d\n", what, n);
	problems++;
}

static void each(const char *what, struct message *m)
{
	int n, err;

	for (n = 1; n < 2000; n++) {
		arm_fault(n);
		err = talk(m);
		if (!fault_hit())
			break;
		failures++;
		if (err && err != ENOMEM && err != ENOBUFS && err != ENOENT && err != EEXIST &&
		    err != EMSGSIZE && err != EAGAIN)
			fprintf(stderr, "faults: %s: %s\n", what, strerror(err));
	}
	printf("# %s: %d allocations\n", what, n - 1);
}

/* A root that could not be added is not there; one that could, is. */
static void add_root(const char *path)
{
	struct message m, del;
	int n, err, hit;

	for (n = 1; n < 2000; n++) {
		root = 0;
		start(&m, family, WD_CMD_ROOT_ADD, NLM_F_ACK);
		add(&m, WD_A_PATH, path, strlen(path) + 1);
		arm_fault(n);
		err = talk(&m);
		hit = fault_hit();
		failures += hit;
		if (count_roots() != (root ? 1 : 0) && count_roots() != (err ? 0 : 1))
			problem("a root is half there", n);
		if (!hit)
			break;
		if (!root && count_roots())
			root = 0; /* added, but the answer was lost: found by its number below */
		for (uint32_t id = root ? root : 1; count_roots() > 0 && id < 5000; id++) {
			start(&del, family, WD_CMD_ROOT_DEL, NLM_F_ACK);
			add(&del, WD_A_ROOT, &id, 4);
			talk(&del);
		}
		if (count_roots())
			problem("a root cannot be removed", n);
	}
	printf("# ROOT_ADD: %d allocations\n", n - 1);
}

static void sysfs(const char *path, const char *word)
{
	int n, fd, hit;
	char buf[4096];

	for (n = 1; n < 500; n++) {
		arm_fault(n);
		fd = open(path, word ? O_WRONLY : O_RDONLY);
		if (fd >= 0 && (word ? write(fd, word, strlen(word)) : read(fd, buf, sizeof(buf))) < 0)
			errno = 0;
		hit = fault_hit();
		if (fd >= 0)
			close(fd);
		if (!hit)
			break;
		failures++;
	}
	printf("# %s: %d allocations\n", path, n - 1);
}

/* The hooks themselves: what they cannot allocate they count as dropped, and deny all the same. */
static void hooks(const char *dir)
{
	char path[4096];
	int n, hit;

	snprintf(path, sizeof(path), "%s/index.html", dir);
	for (n = 1; n < 200; n++) {
		arm_fault(n);
		if (!unlink(path))
			problem("a refused deletion went through", n);
		hit = fault_hit();
		if (!hit)
			break;
		failures++;
	}
	printf("# unlink: %d allocations\n", n - 1);
}

static void set(const char *file, const char *word)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		exit(77);
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK};
	struct message m;
	uint64_t ino = 4242;
	uint8_t mode = WD_MODE_ENFORCE;

	if (argc != 2)
		return fprintf(stderr, "usage: faults ROOT-DIRECTORY\n"), 2;
	set("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	set("/sys/kernel/debug/failslab/verbose", "0");
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (fail_nth < 0 || nl < 0 || bind(nl, (void *)&addr, sizeof(addr)))
		return 77;
	start(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	add(&m, CTRL_ATTR_FAMILY_NAME, WD_GENL_NAME, sizeof(WD_GENL_NAME));
	talk(&m);
	if (!family)
		return fprintf(stderr, "faults: the module is not loaded\n"), 2;

	add_root(argv[1]);
	start(&m, family, WD_CMD_INFO, NLM_F_ACK);
	each("INFO", &m);
	start(&m, family, WD_CMD_ROOT_GET, NLM_F_DUMP);
	each("ROOT_GET", &m);
	start(&m, family, WD_CMD_MODE_SET, NLM_F_ACK);
	add(&m, WD_A_MODE, &mode, 1);
	each("MODE_SET", &m);
	start(&m, family, WD_CMD_ROOT_SET, NLM_F_ACK);
	add(&m, WD_A_ROOT, &root, 4);
	add(&m, WD_A_MODE, &mode, 1);
	each("ROOT_SET", &m);
	start(&m, family, WD_CMD_INODE_ADD, NLM_F_ACK);
	add(&m, WD_A_ROOT, &root, 4);
	add(&m, WD_A_INO, &ino, 8);
	each("INODE_ADD", &m);
	start(&m, family, WD_CMD_INODE_DEL, NLM_F_ACK);
	add(&m, WD_A_ROOT, &root, 4);
	add(&m, WD_A_INO, &ino, 8);
	each("INODE_DEL", &m);
	hooks(argv[1]);
	sysfs("/sys/kernel/webdefender/mode", "enforce");
	sysfs("/sys/kernel/webdefender/mode", NULL);
	sysfs("/sys/kernel/webdefender/ops/open", "1");
	sysfs("/sys/kernel/webdefender/stats/events", NULL);
	start(&m, family, WD_CMD_AGENT_REGISTER, NLM_F_ACK);
	each("AGENT_REGISTER", &m);
	start(&m, family, WD_CMD_AGENT_UNREGISTER, NLM_F_ACK);
	each("AGENT_UNREGISTER", &m);
	start(&m, family, WD_CMD_ROOT_DEL, NLM_F_ACK);
	add(&m, WD_A_ROOT, &root, 4);
	each("ROOT_DEL", &m);
	printf("{\"failures\":%u,\"problems\":%u}\n", failures, problems);
	return problems || !failures;
}
