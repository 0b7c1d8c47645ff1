// SPDX-License-Identifier: Apache-2.0
/* faultscenes.c - the commands of the module whose allocations fail; see faults.c */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faultmod.h"
#include "faults.h"
#include "nl.h"

/* ---- what is tried ---- */

static uint8_t enforce = WD_MODE_ENFORCE, audit = WD_MODE_AUDIT;
static uint64_t number = 4242;
static int old = -1; /* a descriptor from before */

static int add_root(void)
{
	return command(WD_CMD_ROOT_ADD, WD_A_PATH, dir, strlen(dir) + 1);
}

/* Refused, it is not there; there, it guards. Only the answer may be lost (ENOBUFS). */
static void check_root(int err, unsigned int n)
{
	unsigned int roots = count(WD_CMD_ROOT_GET);

	if (err != ENOBUFS && roots != (err ? 0 : 1))
		problem(err ? "a refused root is there" : "an added root is not there", n);
	if (roots && !guarded())
		problem("a root does not guard", n);
}

static void with_link(void)
{
	clear();
	unlink("/srv/by-link");
	if (symlink(dir, "/srv/by-link"))
		problem("no link", 0);
}

static int add_root_by_link(void)
{
	return command(WD_CMD_ROOT_ADD, WD_A_PATH, "/srv/by-link", 13);
}

/* A writer from before must be known, whatever could not be allocated. */
static void with_writer(void)
{
	with_root();
	set_mode(WD_MODE_OFF);
	if (old < 0)
		old = open(in_root("index.html"), O_WRONLY | O_APPEND);
}

static int arm(void)
{
	return set_mode(WD_MODE_ENFORCE);
}

static void check_armed(int err, unsigned int n)
{
	unsigned int waits;

	if (command(WD_CMD_ROOT_GET, 0, NULL, 0) || nl_answer(0, WD_A_MODE) != WD_MODE_ENFORCE) {
		if (!err)
			problem("the mode was set and is another", n);
		return;
	}
	if (!nl_answer(0, WD_A_ARMED_DIRTY))
		problem("a writer from before is not known", n);
	/* A hook that could not be attached is tried again. */
	for (waits = 0; waits < 200 && !refused(write(old, "x", 1) < 0); waits++)
		usleep(50000);
	if (waits == 200)
		problem("a writer from before writes on", n);
	if (!guarded())
		problem("armed, it does not guard", n);
}

/* Judging each write costs every read: it must end, if later, when nobody is left to judge. */
static unsigned int hooks_before;

static void armed_beside_writer(void)
{
	with_writer();
	set_mode(WD_MODE_ENFORCE);
	if (hooks() != hooks_before + 1)
		problem("a writer from before is not judged", 0);
}

static int disarm(void)
{
	return set_mode(WD_MODE_OFF);
}

static void check_disarmed(int err, unsigned int n)
{
	unsigned int waits;

	if (command(WD_CMD_ROOT_GET, 0, NULL, 0) || nl_answer(0, WD_A_MODE) != WD_MODE_OFF) {
		if (!err)
			problem("the mode was set and is another", n);
		return;
	}
	for (waits = 0; waits < 200 && hooks() != hooks_before; waits++)
		usleep(50000);
	if (waits == 200)
		problem("nobody writes from before, and each write is still judged", n);
}

static int set_root(void)
{
	return command(WD_CMD_ROOT_SET, WD_A_MODE, &enforce, 1);
}

static void in_audit(void)
{
	command(WD_CMD_ROOT_SET, WD_A_MODE, &audit, 1);
}

static int add_filter(void)
{
	return command(WD_CMD_FILTER_ADD, WD_A_PATTERN, "sub/", 5);
}

static int del_filter(void)
{
	return command(WD_CMD_FILTER_DEL, WD_A_PATTERN, "sub/", 5);
}

static void without_filter(void)
{
	del_filter();
}

static void with_filter(void)
{
	if (add_filter())
		problem("a filter cannot be added", 0);
}

static void filter_is(bool there, unsigned int n)
{
	bool opens;
	int fd;

	if (count(WD_CMD_FILTER_GET) != there)
		problem("a filter is half there", n);
	fd = open(in_root("sub/page.html"), O_WRONLY);
	opens = fd >= 0;
	close(fd);
	if (opens != there)
		problem("a filter does not do what is listed", n);
	if (!guarded())
		problem("filtered, it does not guard", n);
}

static void check_filter_added(int err, unsigned int n)
{
	if (err != ENOBUFS)
		filter_is(!err, n);
}

static void check_filter_gone(int err, unsigned int n)
{
	if (err != ENOBUFS)
		filter_is(err != 0, n);
}

static int add_inode(void)
{
	return command(WD_CMD_INODE_ADD, WD_A_INO, &number, 8);
}

static int del_inode(void)
{
	return command(WD_CMD_INODE_DEL, WD_A_INO, &number, 8);
}

static void without_inode(void)
{
	del_inode();
}

static void check_inode(int err, unsigned int n)
{
	int again = del_inode();

	if (err != ENOBUFS && (again == 0) != (err == 0))
		problem("an inode is half registered", n);
}

static int add_device(void)
{
	number++;
	return command(WD_CMD_DEVICE_ADD, WD_A_DEV, &number, 8);
}

static int list_roots(void)
{
	return command(WD_CMD_ROOT_GET, 0, NULL, 0);
}

static int list_filters(void)
{
	return command(WD_CMD_FILTER_GET, 0, NULL, 0);
}

static void still_guarded(int err, unsigned int n)
{
	(void)err;
	if (!guarded())
		problem("it does not guard any more", n);
}

static int become_agent(void)
{
	return command(WD_CMD_AGENT_REGISTER, 0, NULL, 0);
}

static int leave_agent(void)
{
	return command(WD_CMD_AGENT_UNREGISTER, 0, NULL, 0);
}

static void as_agent(void)
{
	become_agent();
}

static void as_nobody(void)
{
	leave_agent();
}

/* The agent may write; nobody else. */
static void check_agent(int err, unsigned int n)
{
	int fd = open(in_root("index.html"), O_WRONLY);

	if (err != ENOBUFS && (fd >= 0) != (err == 0))
		problem("an agent is half registered", n);
	close(fd);
}

static void check_no_agent(int err, unsigned int n)
{
	int fd = open(in_root("index.html"), O_WRONLY);

	if (!err && fd >= 0)
		problem("an agent that left may write", n);
	close(fd);
}

/* Each alone: the hooks allocate nothing themselves, what they report does. */
static int attempts(void)
{
	int fd = open(in_root("index.html"), O_WRONLY), bad = fd >= 0 || !refused(-1);

	bad |= !refused(unlink(in_root("index.html")));
	bad |= !refused(rename(in_root("index.html"), in_root("x")));
	bad |= !refused(mkdir(in_root("d"), 0755));
	bad |= !refused(chmod(in_root("index.html"), 0600));
	bad |= !refused(truncate(in_root("index.html"), 0));
	bad |= !refused(link(in_root("index.html"), in_root("l")));
	bad |= !refused(symlink("x", in_root("s")));
	bad |= !refused(rmdir(in_root("empty")));
	return bad;
}

static void check_attempts(int err, unsigned int n)
{
	if (err)
		problem("an attempt went through", n);
}

static int use(const char *file, const char *word)
{
	int fd = open(file, word ? O_WRONLY : O_RDONLY), err = -1;
	char buf[4096];

	if (fd < 0)
		return -1;
	err = (word ? write(fd, word, strlen(word)) : read(fd, buf, sizeof(buf))) < 0;
	close(fd);
	return err;
}

static int sysfs(void)
{
	char filters[256];

	snprintf(filters, sizeof(filters), SYS "/roots/%u/filters", root);
	return use(SYS "/mode", "enforce") | use(SYS "/mode", NULL) | use(SYS "/ops/open", "1") |
	       use(SYS "/stats/events", NULL) | use(filters, "+*.mdb") | use(filters, NULL) |
	       use(filters, "-*.mdb");
}

static int del_root(void)
{
	return command(WD_CMD_ROOT_DEL, WD_A_ROOT, &root, 4);
}

static void check_no_root(int err, unsigned int n)
{
	if (!err && count(WD_CMD_ROOT_GET))
		problem("a removed root is there", n);
}

/* ---- in this order ---- */

static const struct scene commands[] = {
	{"adding a root", clear, add_root, check_root},
	{"adding a root by a link", with_link, add_root_by_link, check_root},
	{"arming beside a writer", with_writer, arm, check_armed},
	{"disarming beside a writer", armed_beside_writer, disarm, check_disarmed},
	{"the mode of a root", in_audit, set_root, NULL},
	{"adding a filter", without_filter, add_filter, check_filter_added},
	{"removing a filter", with_filter, del_filter, check_filter_gone},
	{"registering an inode", without_inode, add_inode, check_inode},
	{"registering a device", NULL, add_device, still_guarded},
	{"attempts", NULL, attempts, check_attempts},
	{"information", NULL, info, still_guarded},
	{"the list of roots", NULL, list_roots, still_guarded},
	{"the list of filters", with_filter, list_filters, NULL},
	{"sysfs", without_filter, sysfs, still_guarded},
	{"registering the agent", as_nobody, become_agent, check_agent},
	{"the agent leaves", as_agent, leave_agent, check_no_agent},
	{"removing a root", with_root, del_root, check_no_root},
};

void play_commands(const char *root_dir, const char *key)
{
	dir = root_dir;
	hooks_before = hooks();
	if (key)
		play_key(key);
	PLAY_ALL(commands);
}
