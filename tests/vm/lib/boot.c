// SPDX-License-Identifier: Apache-2.0
/*
 * boot.c - what an init system would do, without one
 *
 * Under an emulator each exec costs tens of milliseconds, so nearly all of this is system
 * calls. Told by the kernel's command line:
 *	wd.srv=TYPE	file system of /srv: ext4, xfs, btrfs or tmpfs
 *	wd.modules	a disk of modules is there
 *	wd.net		configure eth0 for qemu's user network
 *	wd.seed=N	random numbers that are the same every time
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define NEWROOT "/newroot"

static char cmdline[4096];

/* The host watches the console and shows this line; there is nobody else to tell. */
static _Noreturn void give_up(const char *format, ...)
{
	int saved = errno;
	va_list args;

	fprintf(stderr, "guestd: boot failed: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(saved));
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void do_mount(const char *source, const char *target, const char *type, unsigned long flags,
		     const char *data)
{
	mkdir(target, 0755);
	if (mount(source, target, type, flags, data))
		give_up("mount %s on %s (%s)", source, target, type);
}

/* For file systems that not every kernel has. */
static void try_mount(const char *target, const char *type)
{
	mkdir(target, 0755);
	mount(type, target, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "guestd: cannot write %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static ssize_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/* The value of wd.NAME=VALUE, "" for a bare wd.NAME, or NULL. */
static const char *option(const char *name, char *value, size_t size)
{
	size_t length = strlen(name);

	for (const char *at = cmdline; (at = strstr(at, name)); at += length) {
		const char *end = at + length;

		if ((at != cmdline && at[-1] != ' ') || !strchr("= \n", *end))
			continue;
		end += *end == '=';
		snprintf(value, size, "%.*s", (int)strcspn(end, " \n"), end);
		return value;
	}
	return NULL;
}

static void run(const char *command)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		fprintf(stderr, "guestd: failed (%d): %s\n", status, command);
}

/* --- in the initramfs --- */

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
		fprintf(stderr, "guestd: cannot load %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void load_boot_modules(void)
{
	struct dirent **names;
	int n = scandir("/boot-modules", &names, visible, alphasort);
	char path[512];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/boot-modules/%s", names[i]->d_name);
		load_module(path);
		unlink(path); /* the initramfs is memory, and stays below the root */
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* The disk whose serial number is the given word. Letters depend on what else is there. */
static bool look_for_disk(const char *serial, char *device, size_t size)
{
	char path[64], found[32];

	for (char letter = 'a'; letter <= 'z'; letter++) {
		snprintf(path, sizeof(path), "/sys/block/vd%c/serial", letter);
		if (read_file(path, found, sizeof(found)) > 0 && !strcmp(found, serial)) {
			snprintf(device, size, "/dev/vd%c", letter);
			return true;
		}
	}
	return false;
}

static void find_disk(const char *serial, char *device, size_t size)
{
	for (int tries = 0; tries < 2000; tries++) {
		if (look_for_disk(serial, device, size))
			return;
		usleep(5000);
	}
	errno = ENODEV;
	give_up("no disk called %s", serial);
}

static void mount_modules(void)
{
	char device[32], modules[256], value[8];
	struct utsname host;

	if (!option("wd.modules", value, sizeof(value)))
		return;
	uname(&host);
	snprintf(modules, sizeof(modules), NEWROOT "/lib/modules/%s", host.release);
	find_disk("modules", device, sizeof(device));
	mkdir(NEWROOT "/lib/modules", 0755);
	do_mount(device, modules, "ext4", 0, NULL);
}

static void mount_root(void)
{
	char device[32];

	find_disk("root", device, sizeof(device));
	do_mount(device, NEWROOT, "ext4", 0, NULL);
	mount_modules();
}

static void copy_file(int from, int to)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(from, chunk, sizeof(chunk))) > 0)
		if (write(to, chunk, n) != n)
			give_up("copying the build");
}

/* Moves the build's programs from memory to the disk. */
static void move_tree(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	char old[512], new[512];
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(old, sizeof(old), "%s/%s", from, entry->d_name);
		snprintf(new, sizeof(new), "%s/%s", to, entry->d_name);
		if (lstat(old, &st))
			continue;
		if (S_ISDIR(st.st_mode)) {
			mkdir(new, st.st_mode & 07777);
			move_tree(old, new);
			continue;
		}
		int in = open(old, O_RDONLY | O_CLOEXEC);
		int out = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 07777);

		if (in < 0 || out < 0)
			give_up("copying %s to %s", old, new);
		copy_file(in, out);
		fchmod(out, st.st_mode & 07777);
		close(in);
		close(out);
		unlink(old);
	}
	if (dir)
		closedir(dir);
}

static void switch_root(void)
{
	static const char *const moved[] = {"/dev", "/proc", "/sys"};

	for (size_t i = 0; i < sizeof(moved) / sizeof(*moved); i++) {
		char target[64];

		snprintf(target, sizeof(target), NEWROOT "%s", moved[i]);
		if (mount(moved[i], target, NULL, MS_MOVE, NULL))
			give_up("moving %s", moved[i]);
	}
	if (chdir(NEWROOT) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		give_up("switching to the root disk");
}

/* --- in the root --- */

static void mount_kernel_views(void)
{
	do_mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=620,ptmxmode=666");
	do_mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	do_mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	do_mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	mkdir("/run/lock", 01777);
	try_mount("/sys/fs/cgroup", "cgroup2");
	try_mount("/sys/kernel/security", "securityfs");
	try_mount("/sys/kernel/debug", "debugfs");
	try_mount("/sys/kernel/tracing", "tracefs");
	try_mount("/sys/fs/bpf", "bpf");
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void mount_srv(void)
{
	char type[16] = "", device[32], command[64];

	if (!option("wd.srv", type, sizeof(type)))
		return;
	if (!strcmp(type, "tmpfs")) {
		do_mount("srv", "/srv", "tmpfs", 0, "mode=755");
		return;
	}
	if (strcmp(type, "ext4")) {
		snprintf(command, sizeof(command), "modprobe %s", type);
		run(command);
	}
	find_disk("srv", device, sizeof(device));
	do_mount(device, "/srv", type, 0, NULL);
}

static void loopback_up(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		fprintf(stderr, "guestd: cannot bring up lo: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void network_up(void)
{
	char value[8];

	loopback_up();
	if (option("wd.net", value, sizeof(value)))
		run("modprobe virtio_net && ip link set eth0 up && "
		    "ip addr add 10.0.2.15/24 dev eth0 && ip route add default via 10.0.2.2");
}

/* Without it getrandom(2) would wait for entropy that an idle guest does not get. */
static void seed_random(void)
{
	struct {
		struct rand_pool_info info;
		char bytes[32];
	} seed = {.info = {.entropy_count = 256, .buf_size = 32}};
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);

	if (!option("wd.seed", seed.bytes, sizeof(seed.bytes)))
		seed.info.entropy_count = 0;
	if (fd < 0 || (seed.info.entropy_count && ioctl(fd, RNDADDENTROPY, &seed)))
		fprintf(stderr, "guestd: cannot seed the random numbers: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void set_environment(void)
{
	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LOGNAME", "root", 1);
	setenv("SHELL", "/bin/bash", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", "dumb", 1);
	if (chdir("/root"))
		give_up("entering /root");
}

void boot(void)
{
	umask(022);
	do_mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=755");
	do_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	do_mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	read_file("/proc/cmdline", cmdline, sizeof(cmdline));
	load_boot_modules();
	mount_root();
	move_tree("/overlay", NEWROOT);
	switch_root();
	set_environment();
	mount_kernel_views();
	seed_random();
	mount_srv();
	if (sethostname("web1", 4))
		give_up("setting the host name");
	network_up();
	write_file("/proc/sys/kernel/panic_on_oops", "0");
}
