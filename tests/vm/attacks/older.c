// SPDX-License-Identifier: Apache-2.0
/* older.c - descriptors, mappings and kernel writers from before the tree was guarded */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attack.h"

#define I "@/index.html"
#define B "@/big.bin"

static const char text[] = "defaced\n";
#define LEN (sizeof(text) - 1)

static int fd = -1, pair[2], other = -1;
static char *map;
static pid_t helper;

static int open_rw(void)
{
	return fd = try(open(at(B), O_RDWR)), 0;
}

static int open_append(void)
{
	return fd = try(open(at(B), O_WRONLY | O_APPEND)), 0;
}

static int open_direct(void)
{
	return fd = try(open(at(B), O_RDWR | O_DIRECT)), 0;
}

#define CALL(name, call)                                                                           \
	static int name(void)                                                                      \
	{                                                                                          \
		return try(call), 0;                                                               \
	}

CALL(do_write, write(fd, text, LEN))
CALL(do_pwrite, pwrite(fd, text, LEN, 100))
CALL(do_truncate, ftruncate(fd, 3))
CALL(do_fallocate, fallocate(fd, 0, 0, 1 << 20))
CALL(do_punch, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096))
CALL(do_chmod, fchmod(fd, 0600))
CALL(do_setxattr, fsetxattr(fd, "user.x", "1", 1, 0))

static int do_writev(void)
{
	struct iovec v[2] = {{(void *)text, LEN}, {(void *)text, LEN}};

	return try(pwritev(fd, v, 2, 0)), 0;
}

static int do_direct(void)
{
	static char page[4096] __attribute__((aligned(4096))) = "direct";

	return try(pwrite(fd, page, sizeof(page), 8192)), 0;
}

static int do_sendfile(void)
{
	int in = try(open(at("^/evil.bin"), O_RDONLY));

	return try(sendfile(fd, in, NULL, 100)), 0;
}

static int do_splice(void)
{
	int p[2];

	try(pipe(p));
	try(write(p[1], text, LEN));
	return try(splice(p[0], NULL, fd, NULL, LEN, 0)), 0;
}

static int do_copy(void)
{
	int in = try(open(at("^/evil.bin"), O_RDONLY));

	return try(copy_file_range(in, NULL, fd, NULL, 4096, 0)), 0;
}

static int do_clone(void)
{
	int in = try(open(at("^/evil.bin"), O_RDONLY));

	return try(ioctl(fd, FICLONE, in)), 0;
}

static int do_aio(void)
{
	struct iocb cb = {.aio_fildes = fd,
			  .aio_lio_opcode = IOCB_CMD_PWRITE,
			  .aio_buf = (uintptr_t)text,
			  .aio_nbytes = LEN};
	struct iocb *list[] = {&cb};
	aio_context_t ctx = 0;
	struct io_event event;

	try(syscall(SYS_io_setup, 1, &ctx));
	try(syscall(SYS_io_submit, ctx, 1, list));
	try(syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL));
	return event.res < 0 ? event.res : 0;
}

static int do_dup(void)
{
	int copy = try(fcntl(fd, F_DUPFD_CLOEXEC, 100));

	try(fcntl(copy, F_SETFL, O_APPEND));
	return try(write(copy, text, LEN)), 0;
}

static int do_child(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(write(fd, text, LEN) < 0 ? errno : 0);
	waitpid(pid, &status, 0);
	return -WEXITSTATUS(status);
}

static int do_exec(void)
{
	return shell("/bin/sh -c 'echo defaced >&%d'", fd);
}

/* An executable that was passed the right by a dying parent: the descriptor survives. */
static int do_reopen(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return put(path, text);
}

/* ---- passed and stolen ---- */

static int pass_before(void)
{
	char space[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
	struct iovec v = {&byte, 1};
	struct msghdr m = {.msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = space,
			   .msg_controllen = sizeof(space)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int file = try(open(at(B), O_RDWR));

	try(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &file, sizeof(int));
	try(sendmsg(pair[0], &m, 0));
	return close(file); /* now only the message in flight holds it */
}

static int passed(void)
{
	char space[CMSG_SPACE(sizeof(int))] = {0}, byte;
	struct iovec v = {&byte, 1};
	struct msghdr m = {.msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = space,
			   .msg_controllen = sizeof(space)};

	try(recvmsg(pair[1], &m, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return do_write();
}

static int helper_holds(void)
{
	int err = open_rw();

	if (err)
		return err;
	helper = fork();
	if (!helper)
		for (;;)
			pause();
	close(fd);
	return 0;
}

static int stolen(void)
{
	int copy = steal_fd(helper, fd);

	if (copy < 0)
		return copy;
	fd = copy;
	return do_write();
}

/* ---- mappings ---- */

static int map_before(int prot)
{
	int err = open_rw();

	map = mmap(NULL, 65536, prot, MAP_SHARED, fd, 0);
	close(fd);
	return err ?: map == MAP_FAILED ? -errno : 0;
}

static int map_rw(void)
{
	return map_before(PROT_READ | PROT_WRITE);
}

static int map_ro(void)
{
	return map_before(PROT_READ);
}

static int store(void)
{
	memcpy(map, text, LEN);
	return try(msync(map, 4096, MS_SYNC)), 0;
}

static int remap(void)
{
	char *p = mremap(map, 0, 65536, MREMAP_MAYMOVE);

	if (p == MAP_FAILED)
		return -errno;
	memcpy(p, text, LEN);
	return 0;
}

static int remap_pages(void)
{
	try(syscall(SYS_remap_file_pages, map, 4096, 0, 4, 0));
	memcpy(map, text, LEN);
	return 0;
}

static int protect(void)
{
	try(mprotect(map, 4096, PROT_READ | PROT_WRITE));
	memcpy(map, text, LEN);
	return 0;
}

static int protect_key(void)
{
	try(syscall(SYS_pkey_mprotect, map, 4096, PROT_READ | PROT_WRITE, -1));
	memcpy(map, text, LEN);
	return 0;
}

static int map_old_fd(void)
{
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	memcpy(map, text, LEN);
	return 0;
}

/* Read only to look at, then made writable. */
static int map_old_fd_protect(void)
{
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	return protect();
}

/* Punches a hole into the file. */
static int map_remove(void)
{
	return try(madvise(map, 4096, MADV_REMOVE)), 0;
}

static int helper_maps(void)
{
	int err = map_rw();

	if (err)
		return err;
	helper = fork();
	if (!helper)
		for (;;)
			pause();
	munmap(map, 65536);
	return 0;
}

static int write_mapper(void)
{
	struct iovec from = {(void *)text, LEN}, to = {map, LEN};

	return try(process_vm_writev(helper, &from, 1, &to, 1, 0)), 0;
}

static int poke_mapper(void)
{
	int status;

	try(ptrace(PTRACE_ATTACH, helper, 0, 0));
	waitpid(helper, &status, 0);
	try(ptrace(PTRACE_POKEDATA, helper, map, 0x6465666163656400));
	return try(ptrace(PTRACE_DETACH, helper, 0, 0)), 0;
}

static int mem_mapper(void)
{
	char path[64];
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", helper);
	mem = try(open(path, O_RDWR));
	return try(pwrite(mem, text, LEN, (off_t)(uintptr_t)map)), 0;
}

/* A page that is missing is filled in by whoever watches the faults. */
static int fault_before(void)
{
	struct uffdio_api api = {.api = UFFD_API};

	fd = try(open(at(B), O_RDWR));
	try(ftruncate(fd, 1 << 20));
	other = try(syscall(SYS_userfaultfd, O_CLOEXEC));
	try(ioctl(other, UFFDIO_API, &api));
	map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? -errno : 0;
}

static int fault_fill(void)
{
	static char page[4096] __attribute__((aligned(4096))) = "filled";
	struct uffdio_register reg = {.range = {(uintptr_t)map + 65536, 1 << 16},
				      .mode = UFFDIO_REGISTER_MODE_MISSING};
	struct uffdio_copy copy = {
		.dst = (uintptr_t)map + 65536, .src = (uintptr_t)page, .len = sizeof(page)};

	try(ioctl(other, UFFDIO_REGISTER, &reg));
	return try(ioctl(other, UFFDIO_COPY, &copy)), 0;
}

/* ---- anonymous files, linked later ---- */

static int tmp_before(void)
{
	fd = try(open(at("@"), O_TMPFILE | O_RDWR, 0644));
	return try(write(fd, text, LEN)), 0;
}

static int tmp_link(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return try(linkat(AT_FDCWD, path, AT_FDCWD, at("@/new"), AT_SYMLINK_FOLLOW)), 0;
}

static int tmp_link_empty(void)
{
	return try(linkat(fd, "", AT_FDCWD, at("@/sub/new"), AT_EMPTY_PATH)), 0;
}

/* ---- the kernel as the writer ---- */

static int acct_before(void)
{
	return try(syscall(SYS_acct, at(I))), 0;
}

static int acct_later(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0); /* its end is written down */
	return 0;
}

static void acct_off(void)
{
	syscall(SYS_acct, NULL);
}

static int loop_before(void)
{
	return shell("modprobe -q loop; losetup /dev/loop5 %s", at(B)) ?: 0;
}

static int loop_before_direct(void)
{
	return shell("modprobe -q loop; losetup --direct-io=on /dev/loop5 %s", at(B)) ?: 0;
}

static int loop_write(void)
{
	int dev = try(open("/dev/loop5", O_WRONLY));

	try(write(dev, text, LEN));
	return try(fsync(dev)), 0;
}

/* Holes are punched into the file without asking anybody. */
static int loop_discard(void)
{
	uint64_t range[2] = {0, 4096};
	int dev = try(open("/dev/loop5", O_RDWR));

	return try(ioctl(dev, BLKDISCARD, range)), 0;
}

static void loop_off(void)
{
	if (shell("losetup -d /dev/loop5"))
		usleep(1000);
}

/*
 * A loop device is given a descriptor from before: nothing is opened. With direct I/O, and on
 * newer kernels (6.12.y) always, the driver calls the file system itself and asks nobody.
 */
static int loop_from_fd(void)
{
	struct loop_config config = {0};
	int dev = try(open("/dev/loop5", O_RDWR));

	config.fd = fd;
	try(ioctl(dev, LOOP_CONFIGURE, &config));
	try(write(dev, text, LEN));
	return try(fsync(dev)), 0;
}

static int loop_ready(void)
{
	return shell("modprobe -q loop; [ -b /dev/loop5 ] || mknod /dev/loop5 b 7 5") ?: open_rw();
}

static int loop_ready_direct(void)
{
	return shell("modprobe -q loop; [ -b /dev/loop5 ] || mknod /dev/loop5 b 7 5")
		       ?: open_direct();
}

static int loop_from_fd_direct(void)
{
	static char page[4096] __attribute__((aligned(4096))) = "direct";
	struct loop_config config = {.info = {.lo_flags = LO_FLAGS_DIRECT_IO}};
	int dev = try(open("/dev/loop5", O_RDWR | O_DIRECT));

	config.fd = fd;
	try(ioctl(dev, LOOP_CONFIGURE, &config));
	return try(pwrite(dev, page, sizeof(page), 0)), 0;
}

#define REAL (F_EXT4 | F_XFS | F_BTRFS | F_TMPFS)
#define DISK (F_EXT4 | F_XFS | F_BTRFS)

const struct vector older_vectors[] = {
	{"old-write", "write", "write", B, .before = open_rw, .run = do_write},
	{"old-pwrite", "pwrite", "write", B, .before = open_rw, .run = do_pwrite},
	{"old-append", "write O_APPEND", "write", B, .before = open_append, .run = do_write},
	{"old-writev", "pwritev", "write", B, .before = open_rw, .run = do_writev},
	{"old-direct", "O_DIRECT", "write", B, .before = open_direct, .run = do_direct},
	{"old-ftruncate", "ftruncate", "truncate", B, .before = open_rw, .run = do_truncate},
	{"old-fallocate", "fallocate", "write", B, .before = open_rw, .run = do_fallocate},
	{"old-punch", "punch a hole", "write", B, .before = open_rw, .run = do_punch},
	{"old-fchmod", "fchmod", "chmod", B, .before = open_rw, .run = do_chmod},
	{"old-fsetxattr", "fsetxattr", "setxattr", B, .before = open_rw, .run = do_setxattr},
	{"old-sendfile", "sendfile", "write", B, .before = open_rw, .run = do_sendfile},
	{"old-splice", "splice", "write", B, .before = open_rw, .run = do_splice},
	{"old-copy-range", "copy_file_range", "write", B, .before = open_rw, .run = do_copy},
	{"old-clone", "FICLONE", "ioctl|write", B, .before = open_rw, .run = do_clone},
	{"old-aio", "io_submit", "write", B, .before = open_rw, .run = do_aio},
	{"old-dup", "a duplicate of it", "write", B, .before = open_rw, .run = do_dup},
	{"old-inherited", "inherited by a child", "write", B, .before = open_rw, .run = do_child,
	 .flags = OTHER_ACTOR},
	{"old-exec", "inherited over exec", "write", B, .before = open_rw, .run = do_exec,
	 .flags = OTHER_ACTOR},
	{"old-reopen", "/proc/self/fd of it", "open", B, .before = open_rw, .run = do_reopen},
	{"old-scm-rights", "held by a message in flight only", "write", B, .before = pass_before,
	 .run = passed},
	{"old-pidfd-getfd", "taken from another process", "write", B, .before = helper_holds,
	 .run = stolen},
	{"old-fd-mmap", "mapped now", "mmap", B, .before = open_rw, .run = map_old_fd},
	{"old-fd-mmap-mprotect", "mapped for reading, then mprotect", "mmap", B, .before = open_rw,
	 .run = map_old_fd_protect},
	{"old-map-mprotect", "an old mapping made writable", "mmap", B, .before = map_ro,
	 .run = protect},
	{"old-map-pkey", "the same by pkey_mprotect", "mmap", B, .before = map_ro,
	 .run = protect_key},
	{"old-map-store", "a store into an old mapping", "mmap", B, .before = map_rw, .run = store,
	 .flags = DETECTED},
	{"old-map-mremap", "doubled by mremap", "mmap", B, .before = map_rw, .run = remap,
	 .flags = DETECTED},
	{"old-map-remap-pages", "remap_file_pages", "mmap", B, .before = map_rw,
	 .run = remap_pages, .flags = DETECTED},
	{"old-map-madvise", "MADV_REMOVE", "write", B, .before = map_rw, .run = map_remove},
	{"old-map-vm-writev", "process_vm_writev into who maps it", "mmap", B,
	 .before = helper_maps, .run = write_mapper, .flags = DETECTED},
	{"old-map-ptrace", "PTRACE_POKEDATA into who maps it", "mmap", B, .before = helper_maps,
	 .run = poke_mapper, .flags = DETECTED},
	{"old-map-proc-mem", "/proc/PID/mem of who maps it", "mmap", B, .before = helper_maps,
	 .run = mem_mapper, .flags = DETECTED},
	{"old-map-userfault", "UFFDIO_COPY into a hole", "mmap", B, .before = fault_before,
	 .run = fault_fill, .only = F_TMPFS, .flags = DETECTED},
	{"old-tmpfile-link", "O_TMPFILE from before, linked now", "link", NULL, "@/new",
	 .before = tmp_before, .run = tmp_link, .only = REAL},
	{"old-tmpfile-link-empty", "the same by AT_EMPTY_PATH", "link", NULL, "@/sub/new",
	 .before = tmp_before, .run = tmp_link_empty, .only = REAL},
	{"old-acct", "process accounting from before", "write", I, .before = acct_before,
	 .run = acct_later, .undo = acct_off, .flags = OTHER_ACTOR | DETECTED},
	{"old-loop", "a loop device from before", "write", B, .before = loop_before,
	 .run = loop_write, .undo = loop_off, .only = DISK, .flags = OTHER_ACTOR | DETECTED_612, .error = EIO},
	{"old-loop-direct", "the same with direct I/O", "write", B, .before = loop_before_direct,
	 .run = loop_write, .undo = loop_off, .only = DISK, .flags = OTHER_ACTOR | DETECTED},
	{"old-loop-discard", "blocks of it discarded", "write", B, .before = loop_before,
	 .run = loop_discard, .undo = loop_off, .only = DISK, .flags = OTHER_ACTOR | DETECTED},
	{"old-fd-to-loop", "a loop device made of an old descriptor", "write|ioctl", B,
	 .before = loop_ready, .run = loop_from_fd, .undo = loop_off, .only = DISK,
	 .flags = OTHER_ACTOR | DETECTED_612, .error = EIO},
	{"old-fd-to-loop-direct", "the same with direct I/O", "write|ioctl", B,
	 .before = loop_ready_direct, .run = loop_from_fd_direct, .undo = loop_off, .only = DISK,
	 .flags = OTHER_ACTOR | DETECTED},
	{NULL},
};
