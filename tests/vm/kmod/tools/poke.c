// SPDX-License-Identifier: Apache-2.0
/*
 * poke - one system call at a file, as directly as it can be made
 *
 * usage: poke VERB ARG...           see the table at the end
 *
 * Says which call failed and why, and exits 1; 77 if the kernel or the file system
 * has no such thing. All the other ways to change a file: tests/vm/attacks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char text[] = "poked\n";
#define LEN (sizeof(text) - 1)

static void __attribute__((noreturn)) fail(const char *call)
{
	int err = errno;

	fprintf(stderr, "poke: %s: %s\n", call, strerror(err));
	exit(err == ENOSYS || err == EOPNOTSUPP || err == ENOTTY ? 77 : 1);
}

static long check(long result, const char *call)
{
	if (result < 0)
		fail(call);
	return result;
}

/* ---- content ---- */

static void v_write(char **a)
{
	check(write(check(open(a[0], O_WRONLY | O_APPEND), "open"), text, LEN), "write");
}

static void v_trunc_rdonly(char **a)
{
	check(open(a[0], O_RDONLY | O_TRUNC), "open O_RDONLY|O_TRUNC");
}

static void v_mmap(char **a)
{
	int fd = check(open(a[0], O_RDWR), "open");
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	memcpy(p, text, LEN);
	check(msync(p, 4096, MS_SYNC), "msync");
}

/* ---- names ---- */

static void v_exchange(char **a)
{
	check(renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_EXCHANGE), "rename exchange");
}

static void v_whiteout(char **a)
{
	check(renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_WHITEOUT), "rename whiteout");
}

static void v_link(char **a)
{
	check(link(a[0], a[1]), "link");
}

static void v_tmpfile(char **a)
{
	int fd = check(open(a[0], O_TMPFILE | O_WRONLY, 0644), "open O_TMPFILE");
	char path[64];

	check(write(fd, text, LEN), "write");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check(linkat(AT_FDCWD, path, AT_FDCWD, a[1], AT_SYMLINK_FOLLOW), "linkat");
}

static void v_bind(char **a)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", a[0]);
	check(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), "bind");
}

static const struct {
	const char *name;
	int args;
	void (*run)(char **args);
} verbs[] = {
	{"write", 1, v_write},
	{"trunc-rdonly", 1, v_trunc_rdonly},
	{"mmap", 1, v_mmap},
	{"exchange", 2, v_exchange},
	{"whiteout", 2, v_whiteout},
	{"link", 2, v_link},
	{"tmpfile", 2, v_tmpfile},
	{"bind", 1, v_bind},
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc - 2 == verbs[i].args) {
			verbs[i].run(argv + 2);
			return 0;
		}
	fprintf(stderr, "poke: no such verb, or not its number of arguments\n");
	return 2;
}
