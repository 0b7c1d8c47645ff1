// SPDX-License-Identifier: Apache-2.0
/*
 * wdev - speak with webdefender.ko and nothing else, for the module's own tests
 *
 * usage: wdev info | roots                      one JSON object a line
 *        wdev mode MODE | add PATH [MODE] | del ROOT | set ROOT MODE
 *        wdev inode-add ROOT INO | inode-del ROOT INO
 *        wdev device-add ROOT MAJOR:MINOR
 *        wdev inner-add ROOT PATH [mount]
 *        wdev filters | filter-add ROOT TEXT | filter-del ROOT TEXT
 *        wdev events [--buffer BYTES] [--pause-ms N]   JSON lines until it is killed;
 *                        prints {"listening":true} when it listens, {"lost":true} on ENOBUFS
 *        wdev agent VERB [ARG]...               registers, then as the agent:
 *                 write PATH TEXT | fork PATH TEXT | exec COMMAND... | thread PATH TEXT | hold
 *        wdev keeper                            becomes the keeper; its child registers and
 *                 stays, another follows when it dies. Reads lines: "exec COMMAND..." in a
 *                 child; prints {"agent":PID} for each, {"exec":STATUS}
 *        wdev seal-key HEX HOST | seal [FLAGS] | nonce | unseal SECONDS NONCE SIGNATURE (hex)
 *        wdev fuzz COUNT SEED                   malformed messages; prints how each fared
 *
 * Exit status: 0; 1 and the kernel's answer on stderr; 2 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "webdefender.h"

struct link {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t group; /* of the events */
	uint32_t seq;
};

static char buffer[65536];

static const char *const modes[] = {"off", "audit", "enforce"};
static const char *const ops[] = {
	"unspec", "open",   "write",	"mmap",	       "truncate", "create", "unlink",
	"mkdir",  "rmdir",  "rename",	"link",	       "symlink",  "mknod",  "chmod",
	"chown",  "utimes", "setxattr", "removexattr", "acl",	   "ioctl",  "mount",
	"umount", "device", "ptrace",	"kill",	       "unload",   "policy", "kernel",
};

/* How an attribute is called and printed in JSON. */
enum kind { TEXT, NUMBER8, NUMBER32, NUMBER64, HEX, MODE, OP, VERDICT };
static const struct {
	const char *name;
	enum kind kind;
} shapes[WD_A_MAX + 1] = {
	[WD_A_VERSION] = {"version", TEXT},
	[WD_A_BOOT_ID] = {"boot_id", HEX},
	[WD_A_MODE] = {"mode", MODE},
	[WD_A_SEALED] = {"sealed", NUMBER8},
	[WD_A_AGENT_PID] = {"agent", NUMBER32},
	[WD_A_SEQ] = {"seq", NUMBER64},
	[WD_A_DROPPED] = {"dropped", NUMBER64},
	[WD_A_ARMED_DIRTY] = {"dirty", NUMBER32},
	[WD_A_HOOKS] = {"hooks", NUMBER32},
	[WD_A_HOOKS_MISSING] = {"missing", TEXT},
	[WD_A_ROOT] = {"root", NUMBER32},
	[WD_A_PATH] = {"path", TEXT},
	[WD_A_PATH2] = {"path2", TEXT},
	[WD_A_DEV] = {"dev", NUMBER64},
	[WD_A_INO] = {"ino", NUMBER64},
	[WD_A_DENIED] = {"denied", NUMBER64},
	[WD_A_REPORTED] = {"reported", NUMBER64},
	[WD_A_TIME] = {"time", NUMBER64},
	[WD_A_OP] = {"op", OP},
	[WD_A_VERDICT] = {"verdict", VERDICT},
	[WD_A_PID] = {"pid", NUMBER32},
	[WD_A_TGID] = {"tgid", NUMBER32},
	[WD_A_UID] = {"uid", NUMBER32},
	[WD_A_EUID] = {"euid", NUMBER32},
	[WD_A_LOGINUID] = {"loginuid", NUMBER32},
	[WD_A_COMM] = {"comm", TEXT},
	[WD_A_EXE] = {"exe", TEXT},
	[WD_A_DETAIL] = {"detail", TEXT},
	[WD_A_FLAGS] = {"flags", NUMBER32},
	[WD_A_REPEAT] = {"repeat", NUMBER32},
	[WD_A_PATTERN] = {"pattern", TEXT},
	[WD_A_KEEPER_PID] = {"keeper", NUMBER32},
	[WD_A_SEAL_KEY] = {"key", HEX},
	[WD_A_HOST] = {"host", TEXT},
	[WD_A_NONCE] = {"nonce", HEX},
	[WD_A_SECONDS] = {"seconds", NUMBER32},
	[WD_A_LAYERS] = {"layers", NUMBER32},
	[WD_A_LAYERS_MISSED] = {"layers_missed", NUMBER32},
};

static void __attribute__((noreturn)) die(int status, const char *what)
{
	fprintf(stderr, "wdev: %s\n", what);
	exit(status);
}

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "wdev: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- JSON ---- */

static void print_text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_name(const char *const *names, size_t count, unsigned int i)
{
	print_text(i < count ? names[i] : "?");
}

static void print_hex(const struct nlattr *attr)
{
	const unsigned char *byte = mnl_attr_get_payload(attr);
	unsigned int i;

	putchar('"');
	for (i = 0; i < mnl_attr_get_payload_len(attr); i++)
		printf("%02x", byte[i]);
	putchar('"');
}

static void print_value(const struct nlattr *attr, enum kind kind)
{
	static const char *const verdicts[] = {"reported", "denied"};

	switch (kind) {
	case TEXT:
		print_text(mnl_attr_get_str(attr));
		break;
	case HEX:
		print_hex(attr);
		break;
	case NUMBER8:
		printf("%u", mnl_attr_get_u8(attr));
		break;
	case NUMBER32:
		printf("%u", mnl_attr_get_u32(attr));
		break;
	case NUMBER64:
		printf("%" PRIu64, mnl_attr_get_u64(attr));
		break;
	case MODE:
		print_name(modes, 3, mnl_attr_get_u8(attr));
		break;
	case OP:
		print_name(ops, sizeof(ops) / sizeof(*ops), mnl_attr_get_u32(attr));
		break;
	case VERDICT:
		print_name(verdicts, 2, mnl_attr_get_u8(attr));
		break;
	}
}

/* How long an event was on its way. */
static void print_age(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	mnl_attr_for_each(attr, nlh,
			  sizeof(struct genlmsghdr)) if (mnl_attr_get_type(attr) == WD_A_TIME)
		printf(",\"age_ns\":%" PRId64,
		       (int64_t)(ts.tv_sec * 1000000000L + ts.tv_nsec - mnl_attr_get_u64(attr)));
}

static int print_message(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	const char *between = "{";

	(void)data;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		unsigned int type = mnl_attr_get_type(attr);

		if (type > WD_A_MAX || !shapes[type].name)
			continue;
		printf("%s\"%s\":", between, shapes[type].name);
		print_value(attr, shapes[type].kind);
		between = ",";
	}
	print_age(nlh);
	puts("}");
	return MNL_CB_OK;
}

/* ---- the conversation ---- */

static struct nlmsghdr *start(struct link *link, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = link->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++link->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = WD_GENL_VERSION;
	return nlh;
}

/* The kernel's sentence, if it said one. */
static void print_refusal(const struct nlmsghdr *nlh, int err)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*error);
	const struct nlattr *attr;

	fprintf(stderr, "wdev: %s", strerror(err));
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			skip += error->msg.nlmsg_len - sizeof(error->msg);
		mnl_attr_for_each(attr, nlh, skip) if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			fprintf(stderr, ": %s", mnl_attr_get_str(attr));
	}
	fputc('\n', stderr);
}

/* 0, or the errno the kernel answered with. Each reply goes to seen. */
static int talk(struct link *link, struct nlmsghdr *nlh, mnl_cb_t seen)
{
	static char answer[65536];

	if (mnl_socket_sendto(link->nl, nlh, nlh->nlmsg_len) < 0)
		fail("send");
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(link->nl, answer, sizeof(answer));
		struct nlmsghdr *got = (struct nlmsghdr *)answer;
		int left = n;

		if (n < 0)
			fail("receive");
		for (; mnl_nlmsg_ok(got, left); got = mnl_nlmsg_next(got, &left)) {
			if (got->nlmsg_seq != link->seq)
				continue;
			if (got->nlmsg_type == NLMSG_ERROR || got->nlmsg_type == NLMSG_DONE) {
				int err = *(int *)mnl_nlmsg_get_payload(got);

				if (err)
					print_refusal(got, -err);
				return -err;
			}
			seen(got, link);
		}
	}
}

static int ignore(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return MNL_CB_OK;
}

static int see_family(const struct nlmsghdr *nlh, void *data)
{
	struct link *link = data;
	const struct nlattr *attr, *group, *part;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			link->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(group, attr) mnl_attr_for_each_nested(
			part, group) if (mnl_attr_get_type(part) == CTRL_ATTR_MCAST_GRP_ID)
			link->group = mnl_attr_get_u32(part);
	}
	return MNL_CB_OK;
}

static void find_family(struct link *link)
{
	struct nlmsghdr *nlh;

	link->family = GENL_ID_CTRL;
	nlh = start(link, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, WD_GENL_NAME);
	if (talk(link, nlh, see_family))
		die(1, "the module is not loaded");
}

static void open_link(struct link *link)
{
	int one = 1;

	link->nl = mnl_socket_open(NETLINK_GENERIC);
	if (!link->nl || mnl_socket_bind(link->nl, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("netlink socket");
	mnl_socket_setsockopt(link->nl, NETLINK_EXT_ACK, &one, sizeof(one));
	find_family(link);
}

/* ---- simple commands ---- */

static int mode_of(const char *word)
{
	int i;

	for (i = 0; i < 3; i++)
		if (!strcmp(word, modes[i]))
			return i;
	die(2, "no such mode (off, audit, enforce)");
}

/* An attribute of bytes, given in hex; odd digits and others end it. */
static void put_hex(struct nlmsghdr *nlh, uint16_t type, const char *hex)
{
	static unsigned char bytes[8192];
	unsigned int byte;
	size_t n = 0;

	while (n < sizeof(bytes) && sscanf(hex + 2 * n, "%2x", &byte) == 1)
		bytes[n++] = byte;
	mnl_attr_put(nlh, type, n, bytes);
}

static int simple(struct link *link, uint8_t cmd, char **args)
{
	bool dump = cmd == WD_CMD_ROOT_GET || cmd == WD_CMD_FILTER_GET;
	struct nlmsghdr *nlh = start(link, cmd, dump ? NLM_F_DUMP : NLM_F_ACK);

	switch (cmd) {
	case WD_CMD_MODE_SET:
		mnl_attr_put_u8(nlh, WD_A_MODE, mode_of(args[0]));
		break;
	case WD_CMD_ROOT_ADD:
		mnl_attr_put_strz(nlh, WD_A_PATH, args[0]);
		if (args[1])
			mnl_attr_put_u8(nlh, WD_A_MODE, mode_of(args[1]));
		break;
	case WD_CMD_ROOT_SET:
		mnl_attr_put_u8(nlh, WD_A_MODE, mode_of(args[1]));
		/* fall through */
	case WD_CMD_ROOT_DEL:
		mnl_attr_put_u32(nlh, WD_A_ROOT, atoi(args[0]));
		break;
	case WD_CMD_FILTER_ADD:
	case WD_CMD_FILTER_DEL:
		mnl_attr_put_u32(nlh, WD_A_ROOT, atoi(args[0]));
		mnl_attr_put_strz(nlh, WD_A_PATTERN, args[1]);
		break;
	case WD_CMD_INNER_ADD:
		mnl_attr_put_u32(nlh, WD_A_ROOT, atoi(args[0]));
		mnl_attr_put_strz(nlh, WD_A_PATH, args[1]);
		if (args[2])
			mnl_attr_put_u32(nlh, WD_A_FLAGS, WD_INNER_MOUNT_ONLY);
		break;
	case WD_CMD_DEVICE_ADD: {
		unsigned int major = 0, minor = 0;

		if (sscanf(args[1], "%u:%u", &major, &minor) != 2)
			die(2, "a device is MAJOR:MINOR");
		mnl_attr_put_u32(nlh, WD_A_ROOT, atoi(args[0]));
		mnl_attr_put_u64(nlh, WD_A_DEV,
				 (minor & 0xff) | major << 8 | (uint64_t)(minor & ~0xffu) << 12);
		break;
	}
	case WD_CMD_INODE_ADD:
	case WD_CMD_INODE_DEL:
		mnl_attr_put_u32(nlh, WD_A_ROOT, atoi(args[0]));
		mnl_attr_put_u64(nlh, WD_A_INO, strtoull(args[1], NULL, 10));
		break;
	case WD_CMD_SEAL_KEY:
		put_hex(nlh, WD_A_SEAL_KEY, args[0]);
		mnl_attr_put_strz(nlh, WD_A_HOST, args[1]);
		break;
	case WD_CMD_SEAL:
		if (args[0])
			mnl_attr_put_u32(nlh, WD_A_SEAL_FLAGS, atoi(args[0]));
		break;
	case WD_CMD_UNSEAL:
		mnl_attr_put_u32(nlh, WD_A_SECONDS, strtoul(args[0], NULL, 10));
		put_hex(nlh, WD_A_NONCE, args[1]);
		put_hex(nlh, WD_A_SIGNATURE, args[2]);
		break;
	}
	return talk(link, nlh, print_message) ? 1 : 0;
}

/* ---- events ---- */

static void join(struct link *link, int bytes)
{
	int one = 1, fd = mnl_socket_get_fd(link->nl);

	if (bytes && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		fail("SO_RCVBUFFORCE");
	/* Then the module learns that this socket overflowed, and counts it. */
	mnl_socket_setsockopt(link->nl, NETLINK_BROADCAST_ERROR, &one, sizeof(one));
	if (mnl_socket_setsockopt(link->nl, NETLINK_ADD_MEMBERSHIP, &link->group,
				  sizeof(link->group)) < 0)
		fail("joining the event group");
}

static int events(struct link *link, char **args)
{
	int bytes = 8 << 20, pause_ms = 0;
	ssize_t n;

	for (; args[0] && args[1]; args += 2) {
		if (!strcmp(args[0], "--buffer"))
			bytes = atoi(args[1]);
		else if (!strcmp(args[0], "--pause-ms"))
			pause_ms = atoi(args[1]);
		else
			die(2, "events: no such option");
	}
	setlinebuf(stdout);
	join(link, bytes);
	puts("{\"listening\":true}");
	for (;;) {
		n = mnl_socket_recvfrom(link->nl, buffer, sizeof(buffer));
		if (n < 0 && errno == ENOBUFS)
			puts("{\"lost\":true}");
		else if (n < 0)
			fail("receive");
		else
			print_message((struct nlmsghdr *)buffer, NULL);
		usleep(pause_ms * 1000);
	}
}

/* ---- as the agent ---- */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	return close(fd);
}

static void *write_thread(void *args)
{
	write_file(((char **)args)[0], ((char **)args)[1]);
	return NULL;
}

static int agent_verb(char **args)
{
	const char *verb = args[0] ? args[0] : "";
	pthread_t thread;
	int status;

	if (!strcmp(verb, "write"))
		return write_file(args[1], args[2]);
	if (!strcmp(verb, "thread")) {
		pthread_create(&thread, NULL, write_thread, args + 1);
		return pthread_join(thread, NULL);
	}
	if (!strcmp(verb, "fork")) {
		if (!fork())
			_exit(write_file(args[1], args[2]));
		wait(&status);
		return WEXITSTATUS(status);
	}
	if (!strcmp(verb, "exec")) {
		execvp(args[1], args + 1);
		fail(args[1]);
	}
	if (!strcmp(verb, "hold")) {
		puts("registered");
		fflush(stdout);
		for (;;)
			pause();
	}
	die(2, "agent: no such verb");
}

static int agent(struct link *link, char **args)
{
	int err = talk(link, start(link, WD_CMD_AGENT_REGISTER, NLM_F_ACK), ignore);

	return err ? 1 : agent_verb(args);
}

/* ---- as the keeper ---- */

static pid_t fork_agent(void)
{
	pid_t pid = fork();
	struct link own = {0};

	if (pid)
		return pid;
	open_link(&own);
	if (talk(&own, start(&own, WD_CMD_AGENT_REGISTER, NLM_F_ACK), ignore))
		_exit(1);
	printf("{\"agent\":%d}\n", getpid());
	for (;;)
		pause();
}

static void run_line(char *line)
{
	int status = 0;
	pid_t pid = fork();

	line[strcspn(line, "\n")] = '\0';
	if (!pid) {
		execl("/bin/sh", "sh", "-c", line + strlen("exec "), (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	printf("{\"exec\":%d}\n", WEXITSTATUS(status));
}

static int keeper(struct link *link, char **args)
{
	char line[4096];
	pid_t agent;

	(void)args;
	setlinebuf(stdout);
	if (talk(link, start(link, WD_CMD_AGENT_KEEPER, NLM_F_ACK), ignore))
		return 1;
	for (agent = fork_agent();;) {
		struct pollfd in = {.fd = 0, .events = POLLIN};

		if (waitpid(agent, NULL, WNOHANG) == agent)
			agent = fork_agent();
		if (poll(&in, 1, 100) == 1 && fgets(line, sizeof(line), stdin))
			run_line(line);
	}
}

/* ---- malformed messages ---- */

static void scribble(struct nlmsghdr *nlh)
{
	unsigned int n = rand() % 6;
	unsigned char junk[64];
	unsigned int i;

	for (i = 0; i < sizeof(junk); i++)
		junk[i] = rand();
	while (n--)
		mnl_attr_put(nlh, rand() % (WD_A_MAX + 4), rand() % sizeof(junk), junk);
	if (rand() % 4 == 0)
		((struct nlattr *)mnl_nlmsg_get_payload_offset(nlh, 4))->nla_len = rand();
	if (rand() % 8 == 0)
		nlh->nlmsg_len -= rand() % 4;
}

/* Mode changes and new roots are left out: chance must not alter what tests rely on. */
static uint8_t some_command(void)
{
	uint8_t cmd;

	do
		cmd = rand() % (WD_CMD_MAX + 3);
	while (cmd == WD_CMD_MODE_SET || cmd == WD_CMD_ROOT_SET || cmd == WD_CMD_ROOT_DEL ||
	       cmd == WD_CMD_AGENT_KEEPER);
	return cmd;
}

static int fuzz(struct link *link, char **args)
{
	int count = atoi(args[0]), refused = 0, i;

	srand(atoi(args[1]));
	for (i = 0; i < count; i++) {
		static char answer[65536];
		struct nlmsghdr *nlh =
			start(link, some_command(), NLM_F_ACK | (rand() % 8 ? 0 : NLM_F_DUMP));

		scribble(nlh);
		if (mnl_socket_sendto(link->nl, nlh, nlh->nlmsg_len) < 0)
			continue;
		while (recv(mnl_socket_get_fd(link->nl), answer, sizeof(answer), MSG_DONTWAIT) > 0)
			if (((struct nlmsghdr *)answer)->nlmsg_type == NLMSG_ERROR)
				refused++;
	}
	printf("{\"sent\":%d,\"refused\":%d}\n", count, refused);
	return 0;
}

/* ---- main ---- */

static const struct {
	const char *word;
	uint8_t cmd;
	int min, max; /* arguments */
	int (*run)(struct link *link, char **args);
} commands[] = {
	{"info", WD_CMD_INFO, 0, 0, NULL},
	{"roots", WD_CMD_ROOT_GET, 0, 0, NULL},
	{"mode", WD_CMD_MODE_SET, 1, 1, NULL},
	{"add", WD_CMD_ROOT_ADD, 1, 2, NULL},
	{"del", WD_CMD_ROOT_DEL, 1, 1, NULL},
	{"set", WD_CMD_ROOT_SET, 2, 2, NULL},
	{"inode-add", WD_CMD_INODE_ADD, 2, 2, NULL},
	{"inode-del", WD_CMD_INODE_DEL, 2, 2, NULL},
	{"device-add", WD_CMD_DEVICE_ADD, 2, 2, NULL},
	{"inner-add", WD_CMD_INNER_ADD, 2, 3, NULL},
	{"filters", WD_CMD_FILTER_GET, 0, 0, NULL},
	{"filter-add", WD_CMD_FILTER_ADD, 2, 2, NULL},
	{"filter-del", WD_CMD_FILTER_DEL, 2, 2, NULL},
	{"seal-key", WD_CMD_SEAL_KEY, 2, 2, NULL},
	{"seal", WD_CMD_SEAL, 0, 1, NULL},
	{"nonce", WD_CMD_SEAL_NONCE, 0, 0, NULL},
	{"unseal", WD_CMD_UNSEAL, 3, 3, NULL},
	{"keeper", 0, 0, 0, keeper},
	{"events", 0, 0, 4, events},
	{"agent", 0, 1, 99, agent},
	{"fuzz", 0, 2, 2, fuzz},
};

int main(int argc, char **argv)
{
	struct link link = {0};
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].word) || argc - 2 < commands[i].min ||
		    argc - 2 > commands[i].max)
			continue;
		open_link(&link);
		if (commands[i].run)
			return commands[i].run(&link, argv + 2);
		return simple(&link, commands[i].cmd, argv + 2);
	}
	die(2, "usage: see the head of wdev.c");
}
