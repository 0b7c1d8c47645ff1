// SPDX-License-Identifier: Apache-2.0
/* kernel.c - the kernel, made to write for the attacker; and the guard, made to look away */
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#define I "@/index.html"
#define B "@/big.bin"

/* ---- core dumps ---- */

static int dump_core(const char *pattern, const char *dir)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	int err = put("/proc/sys/kernel/core_pattern", pattern), status;
	pid_t pid;

	if (err)
		return err;
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_CORE, &all);
		prctl(PR_SET_DUMPABLE, 1);
		if (!chdir(dir))
			abort();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	/* Nobody is told why there is no dump. */
	return WCOREDUMP(status) ? 0 : -EPERM;
}

static int core_new(void)
{
	return dump_core("core", at("@/sub"));
}

static int core_over(void)
{
	return dump_core(at(I), "/");
}

/* A program that the kernel itself starts, as root, with no parent to speak of. */
static int core_pipe(void)
{
	char pattern[128];

	try(symlink(WWW, "/tmp/w") && errno != EEXIST ? -1 : 0);
	snprintf(pattern, sizeof(pattern), "|/usr/bin/truncate -s 1 /tmp/w/index.html");
	dump_core(pattern, "/");
	usleep(300000);
	return access("/tmp/w/index.html", F_OK) ? -EIO : 0;
}

static int core_pipe_denied(void)
{
	struct stat st;
	int err = core_pipe();

	return err ?: stat(at(I), &st) ? -errno : st.st_size == 1 ? 0 : -EPERM;
}

/* What the kernel starts to load a module: here for a protocol that nobody has. */
#define MODPROBE "/proc/sys/kernel/modprobe"

static int modprobe_ready(void)
{
	return shell("printf '#!/bin/sh\\ntruncate -s 1 %s\\n' >/root/modprobe && chmod 755 /root/modprobe",
		     at(I));
}

static int modprobe_path(void)
{
	struct stat st;
	int err = put(MODPROBE, "/root/modprobe");

	if (err)
		return err;
	close(socket(45, SOCK_STREAM, 0));
	close(socket(44, SOCK_STREAM, 0));
	return stat(at(I), &st) ? -errno : st.st_size == 1 ? 0 : -EPERM;
}

static void modprobe_back(void)
{
	put(MODPROBE, "/sbin/modprobe");
	unlink("/root/modprobe");
}

static void core_off(void)
{
	put("/proc/sys/kernel/core_pattern", "core");
	unlink("/tmp/w");
}

/* ---- swap, accounting, loop, quota ---- */

static int swap_ready(void)
{
	char path[300];
	int err;

	snprintf(path, sizeof(path), "%s", at(B));
	err = shell("head -c 4194304 /dev/zero >%s && chmod 600 %s && mkswap -q %s && sync", path,
		    path, path);
	return err;
}

static int swap_start(void)
{
	return swapon(at(B), 0) ? errno == EINVAL ? -EOPNOTSUPP : -errno : 0;
}

static int page_out(void)
{
	const size_t size = 1 << 20;
	char *p;
	size_t i;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < size; i++)
		p[i] = i * 31;
	madvise(p, size, 21); /* MADV_PAGEOUT */
	usleep(300000);
	sync();
	return drop_caches(); /* it went past the page cache */
}

static int swap_on(void)
{
	int err = swap_start() ?: page_out();

	return err ?: (try(swapoff(at(B))), drop_caches());
}

static int swap_before(void)
{
	return swap_ready() ?: swap_start();
}

static void swap_off(void)
{
	swapoff(at(B));
}

static int account(void)
{
	pid_t pid;

	try(syscall(SYS_acct, at(I)));
	pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return 0;
}

static void account_off(void)
{
	syscall(SYS_acct, NULL);
}

static int loop_new(void)
{
	static const char text[] = "defaced";
	int fd = try(open(at(B), O_RDWR)), dev;

	if (shell("modprobe -q loop; [ -b /dev/loop7 ] || mknod /dev/loop7 b 7 7"))
		return -ENOSYS;
	dev = try(open("/dev/loop7", O_RDWR));
	try(ioctl(dev, LOOP_SET_FD, fd));
	try(write(dev, text, sizeof(text)));
	return try(fsync(dev)), 0;
}

static void loop_off(void)
{
	if (shell("losetup -d /dev/loop7"))
		usleep(1000);
}

/* A quota file is a file like others to everybody but the kernel, which writes it. */
static int quota_ready(void)
{
	char path[300];

	if (shell("modprobe -q quota_v2 && mount -o remount,usrquota /srv"))
		return -ENOSYS;
	snprintf(path, sizeof(path), "%s", at(I));
	/* header of a version 1 file of users' quotas, info, an empty tree */
	return shell("python3 - %s <<'E'\n"
		     "import struct, sys\n"
		     "b = struct.pack('<II', 0xd9c01f11, 1) + struct.pack('<IIIIII', 604800, 604800, "
		     "0, 2, 0, 0)\n"
		     "b = b.ljust(1024, b'\\0') + bytes(1024)\n"
		     "open(sys.argv[1], 'wb').write(b)\nE",
		     path);
}

static int quota_start(void)
{
	char path[300];

	snprintf(path, sizeof(path), "%s", at(I));
	if (quotactl(QCMD(Q_QUOTAON, USRQUOTA), "/dev/vdb", 4 /* vfsv1 */, path))
		return errno == ESRCH || errno == EINVAL ? -EOPNOTSUPP : -errno;
	return 0;
}

static int quota_use(void)
{
	int fd;

	fd = open(at("^/quota"), O_WRONLY | O_CREAT, 0644);
	if (write(fd, "x", 1) != 1 || fchown(fd, 77, 77))
		perror("attack: quota");
	close(fd);
	sync();
	quotactl(QCMD(Q_SYNC, USRQUOTA), "/dev/vdb", 0, NULL);
	return drop_caches();
}

static int quota_on(void)
{
	return quota_start() ?: quota_use();
}

static int quota_before(void)
{
	return quota_ready() ?: quota_start();
}

static void quota_off(void)
{
	quotactl(QCMD(Q_QUOTAOFF, USRQUOTA), "/dev/vdb", 0, NULL);
}

/* ---- the guard made to look away ---- */

static int ftrace_off(void)
{
	put("/proc/sys/kernel/ftrace_enabled", "0");
	return try(unlink(at(I))), 0;
}

static void ftrace_on(void)
{
	put("/proc/sys/kernel/ftrace_enabled", "1");
}

static int kprobes_off(void)
{
	put("/sys/kernel/debug/kprobes/enabled", "0");
	return try(unlink(at(I))), 0;
}

static void kprobes_on(void)
{
	put("/sys/kernel/debug/kprobes/enabled", "1");
}

static int tracer_on(void)
{
	put("/sys/kernel/tracing/set_ftrace_filter", "security_inode_unlink");
	put("/sys/kernel/tracing/current_tracer", "function");
	return try(unlink(at(I))), 0;
}

static void tracer_off(void)
{
	put("/sys/kernel/tracing/current_tracer", "nop");
	close(open("/sys/kernel/tracing/set_ftrace_filter", O_WRONLY | O_TRUNC));
}

/* Ten thousand refusals of something else first: the one that counts is denied too. */
static int flood(void)
{
	int i;

	for (i = 0; i < 10000; i++)
		unlink(at("@/app.js"));
	return try(unlink(at(I))), 0;
}

static int plain_unlink(void)
{
	return try(unlink(at(I))), 0;
}

static int masked_name(void)
{
	prctl(PR_SET_NAME, "webdefenderd");
	return try(unlink(at(I))), 0;
}

static int no_new_rights(void)
{
	try(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	try(prctl(PR_SET_DUMPABLE, 0));
	return try(unlink(at(I))), 0;
}

static int fifo_write(void)
{
	int fd = try(open(at("@/fifo"), O_RDWR));

	return try(write(fd, "x", 1)), 0;
}

#define DISK (F_EXT4 | F_XFS | F_BTRFS)

const struct vector kernel_vectors[] = {
	{"core-new", "a core dump in the tree", "create", "@/sub/core", .run = core_new,
	 .undo = core_off, .flags = OTHER_ACTOR},
	{"core-over", "a core dump over a file", "open|unlink|create|truncate", I,
	 .run = core_over, .undo = core_off, .flags = OTHER_ACTOR},
	{"core-pipe", "a dump handler that the kernel starts", "open|truncate", I,
	 .run = core_pipe_denied, .undo = core_off, .flags = OTHER_ACTOR},
	{"modprobe-path", "a program that the kernel starts to load modules", "open|truncate", I,
	 .before = modprobe_ready, .run = modprobe_path, .undo = modprobe_back,
	 .flags = OTHER_ACTOR},
	{"swapon", "swapping to a file of the tree", "open", B, .before = swap_ready,
	 .run = swap_on, .undo = swap_off, .only = F_EXT4 | F_XFS},
	{"acct", "process accounting to a file of the tree", "open", I, .run = account,
	 .undo = account_off},
	{"loop", "a loop device of a file of the tree", "open", B, .run = loop_new,
	 .undo = loop_off, .only = DISK},
	{"quotaon", "a file of the tree made the quota file", "ioctl|open|write", I,
	 .before = quota_ready, .run = quota_on, .undo = quota_off, .only = F_EXT4,
	 .flags = NO_PATH},
	{"old-swap", "swapping to it since before", "write", B, .before = swap_before,
	 .run = page_out, .undo = swap_off, .only = F_EXT4 | F_XFS,
	 .flags = OTHER_ACTOR | DETECTED},
	{"old-quota", "the quota file since before", "write", I, .before = quota_before,
	 .run = quota_use, .undo = quota_off, .only = F_EXT4, .flags = OTHER_ACTOR | DETECTED},
	{"ftrace-disabled", "after ftrace_enabled = 0", "unlink", I, .run = ftrace_off,
	 .undo = ftrace_on},
	{"kprobes-disabled", "after kprobes/enabled = 0", "unlink", I, .run = kprobes_off,
	 .undo = kprobes_on},
	{"tracer", "while a function tracer looks at the hook", "unlink", I, .run = tracer_on,
	 .undo = tracer_off},
	{"flood", "after ten thousand others", "unlink", "@/*", .run = flood},
	{"mode-off", "with a root whose mode is off, at first", "unlink", I, .run = plain_unlink,
	 .flags = ROOT_OFF},
	{"agent-name", "by a process called webdefenderd", "unlink", I, .run = masked_name,
	 .flags = OTHER_ACTOR},
	{"no-new-privs", "by a process that may not be looked at", "unlink", I,
	 .run = no_new_rights},
	{"fifo-write", "writing to a fifo: its times", "open|write", "@/fifo", .run = fifo_write,
	 .only = F_EXT4 | F_XFS | F_BTRFS | F_TMPFS},
	{NULL},
};
