// SPDX-License-Identifier: Apache-2.0
/*
 * poke - one system call at a file, as directly as it can be made
 *
 * usage: poke VERB ARG...           see the table at the end
 *        poke later FIFO VERB ARG...   opens what VERB needs now, acts when FIFO is
 *                                   written to (a writer from before)
 *
 * Says which call failed and why, and exits 1; 77 if the kernel or the file system
 * has no such thing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char text[] = "poked\n";
#define LEN (sizeof(text) - 1)

static const char *fifo; /* wait here before acting */

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

/*
 * Says that all that was to be opened before is open, by making FIFO.ready, and
 * waits until somebody writes to the fifo.
 */
static void ready(void)
{
	char path[4096], c;
	int fd;

	if (!fifo)
		return;
	snprintf(path, sizeof(path), "%s.ready", fifo);
	close(check(open(path, O_WRONLY | O_CREAT, 0600), "ready"));
	fd = check(open(fifo, O_RDONLY), "fifo");
	while (read(fd, &c, 1) < 0)
		;
	close(fd);
}

static int open_now(const char *path, int flags)
{
	int fd = check(open(path, flags, 0644), "open");

	ready();
	return fd;
}

/* ---- content ---- */

static void v_write(char **a)
{
	check(write(open_now(a[0], O_WRONLY | O_APPEND), text, LEN), "write");
}

static void v_pwrite(char **a)
{
	check(pwrite(open_now(a[0], O_RDWR), text, LEN, 0), "pwrite");
}

static void v_create(char **a)
{
	check(open(a[0], O_WRONLY | O_CREAT | O_EXCL, 0644), "open O_CREAT");
}

static void v_create_rdonly(char **a)
{
	check(open(a[0], O_RDONLY | O_CREAT | O_EXCL, 0644), "open O_RDONLY|O_CREAT");
}

static void v_trunc_rdonly(char **a)
{
	check(open(a[0], O_RDONLY | O_TRUNC), "open O_RDONLY|O_TRUNC");
}

static void v_truncate(char **a)
{
	check(truncate(a[0], 3), "truncate");
}

static void v_ftruncate(char **a)
{
	check(ftruncate(open_now(a[0], O_RDWR), 3), "ftruncate");
}

static void v_fallocate(char **a)
{
	check(fallocate(open_now(a[0], O_RDWR), 0, 0, 1 << 20), "fallocate");
}

static void v_punch(char **a)
{
	check(fallocate(open_now(a[0], O_RDWR), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			4096),
	      "fallocate punch");
}

static void v_mmap(char **a)
{
	int fd = open_now(a[0], O_RDWR);
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	memcpy(p, text, LEN);
	check(msync(p, 4096, MS_SYNC), "msync");
}

static void v_mprotect(char **a)
{
	int fd = check(open(a[0], O_RDWR), "open");
	char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	ready();
	check(mprotect(p, 4096, PROT_READ | PROT_WRITE), "mprotect");
	memcpy(p, text, LEN);
	check(msync(p, 4096, MS_SYNC), "msync");
}

/* A store into a mapping that was made before: nobody is asked. */
static void v_store(char **a)
{
	int fd = check(open(a[0], O_RDWR), "open");
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	ready();
	memcpy(p, text, LEN);
	check(msync(p, 4096, MS_SYNC), "msync");
}

static void v_sendfile(char **a)
{
	int in = check(open(a[0], O_RDONLY), "open source");
	int out = open_now(a[1], O_WRONLY);

	check(sendfile(out, in, NULL, 4096), "sendfile");
}

static void v_splice(char **a)
{
	int pipes[2], out = open_now(a[0], O_WRONLY);

	check(pipe(pipes), "pipe");
	check(write(pipes[1], text, LEN), "write pipe");
	check(splice(pipes[0], NULL, out, NULL, LEN, 0), "splice");
}

static void v_copy_range(char **a)
{
	int in = check(open(a[0], O_RDONLY), "open source");
	int out = open_now(a[1], O_WRONLY);

	check(copy_file_range(in, NULL, out, NULL, 4096, 0), "copy_file_range");
}

static void v_ficlone(char **a)
{
	int in = check(open(a[0], O_RDONLY), "open source");

	check(ioctl(open_now(a[1], O_WRONLY), FICLONE, in), "FICLONE");
}

/* EXT4_IOC_MOVE_EXT on a file of one's own; the other gives its blocks for it. */
static void v_move_ext(char **a)
{
	struct {
		uint32_t reserved, donor;
		uint64_t orig_start, donor_start, len, moved;
	} ext = {.len = 16};
	int own = check(open(a[0], O_RDWR), "open own");

	ext.donor = open_now(a[1], O_RDWR);
	check(ioctl(own, _IOWR('f', 15, ext), &ext), "MOVE_EXT");
}

static void v_aio(char **a)
{
	int fd = open_now(a[0], O_WRONLY);
	struct iocb cb = {.aio_fildes = fd,
			  .aio_lio_opcode = IOCB_CMD_PWRITE,
			  .aio_buf = (uintptr_t)text,
			  .aio_nbytes = LEN};
	struct iocb *list[] = {&cb};
	aio_context_t ctx = 0;
	struct io_event event;

	check(syscall(SYS_io_setup, 1, &ctx), "io_setup");
	check(syscall(SYS_io_submit, ctx, 1, list), "io_submit");
	check(syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL), "io_getevents");
	errno = event.res < 0 ? -event.res : 0;
	check(event.res, "aio write");
}

/* ---- io_uring, one request at a time ---- */

static int uring_do(const struct io_uring_sqe *request)
{
	struct io_uring_params p = {0};
	int ring = check(syscall(SYS_io_uring_setup, 1, &p), "io_uring_setup");
	size_t size = p.sq_off.array + p.sq_entries * sizeof(unsigned int);
	char *sq = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	size_t cq_size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	char *cq =
		mmap(NULL, cq_size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
					MAP_SHARED, ring, IORING_OFF_SQES);

	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		fail("io_uring mmap");
	*sqe = *request;
	*(unsigned int *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((unsigned int *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	check(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0),
	      "io_uring_enter");
	return ((struct io_uring_cqe *)(cq + p.cq_off.cqes))->res;
}

static void uring(const struct io_uring_sqe *request, const char *what)
{
	int result = uring_do(request);

	errno = result < 0 ? -result : 0;
	check(result, what);
}

static void v_uring_write(char **a)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_WRITE,
				   .fd = open_now(a[0], O_WRONLY),
				   .addr = (uintptr_t)text,
				   .len = LEN};

	uring(&sqe, "io_uring write");
}

static void v_uring_open(char **a)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_OPENAT,
				   .fd = AT_FDCWD,
				   .addr = (uintptr_t)a[0],
				   .len = 0644,
				   .open_flags = O_WRONLY | O_TRUNC};

	uring(&sqe, "io_uring open");
}

static void v_uring_unlink(char **a)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)a[0]};

	uring(&sqe, "io_uring unlink");
}

/* ---- names ---- */

static void v_unlink(char **a)
{
	check(unlink(a[0]), "unlink");
}

static void v_rmdir(char **a)
{
	check(rmdir(a[0]), "rmdir");
}

static void v_mkdir(char **a)
{
	check(mkdir(a[0], 0755), "mkdir");
}

static void v_rename(char **a)
{
	check(rename(a[0], a[1]), "rename");
}

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

static void v_symlink(char **a)
{
	check(symlink(a[0], a[1]), "symlink");
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

/* ---- attributes ---- */

static void v_chmod(char **a)
{
	check(chmod(a[0], 0600), "chmod");
}

static void v_fchmod(char **a)
{
	check(fchmod(open_now(a[0], O_RDONLY), 0600), "fchmod");
}

static void v_fchown(char **a)
{
	check(fchown(open_now(a[0], O_RDONLY), 12, 34), "fchown");
}

static void v_lchown(char **a)
{
	check(lchown(a[0], 12, 34), "lchown");
}

static void v_utimes(char **a)
{
	struct timespec times[2] = {{1, 2}, {3, 4}};

	check(utimensat(AT_FDCWD, a[0], times, AT_SYMLINK_NOFOLLOW), "utimensat");
}

static void v_setxattr(char **a)
{
	check(lsetxattr(a[0], a[1], "v", 1, 0), "setxattr");
}

static void v_fsetxattr(char **a)
{
	check(fsetxattr(open_now(a[0], O_RDONLY), a[1], "v", 1, 0), "fsetxattr");
}

static void v_removexattr(char **a)
{
	check(lremovexattr(a[0], a[1]), "removexattr");
}

static void v_setflags(char **a)
{
	int fd = check(open(a[0], O_RDONLY), "open");
	int flags;

	check(ioctl(fd, FS_IOC_GETFLAGS, &flags), "FS_IOC_GETFLAGS");
	flags |= FS_NOATIME_FL;
	check(ioctl(fd, FS_IOC_SETFLAGS, &flags), "FS_IOC_SETFLAGS");
}

static void v_fssetxattr(char **a)
{
	int fd = check(open(a[0], O_RDONLY), "open");
	struct fsxattr fsx;

	check(ioctl(fd, FS_IOC_FSGETXATTR, &fsx), "FS_IOC_FSGETXATTR");
	fsx.fsx_xflags |= FS_XFLAG_NODUMP;
	check(ioctl(fd, FS_IOC_FSSETXATTR, &fsx), "FS_IOC_FSSETXATTR");
}

/* ---- other ways to the same file ---- */

/* The handle is taken first, then the caches are emptied: the file has no name in memory. */
static void v_handle(char **a)
{
	struct file_handle *handle = malloc(sizeof(*handle) + MAX_HANDLE_SZ);
	int mount_id, mount_fd, drop, fd;

	handle->handle_bytes = MAX_HANDLE_SZ;
	check(name_to_handle_at(AT_FDCWD, a[0], handle, &mount_id, 0), "name_to_handle_at");
	mount_fd = check(open(a[1], O_RDONLY | O_DIRECTORY), "open mount");
	sync();
	drop = check(open("/proc/sys/vm/drop_caches", O_WRONLY), "drop_caches");
	check(write(drop, "2", 1), "drop_caches");
	fd = check(open_by_handle_at(mount_fd, handle, O_WRONLY | O_APPEND), "open_by_handle_at");
	check(write(fd, text, LEN), "write");
}

static void v_proc_fd(char **a)
{
	int fd = check(open(a[0], O_RDONLY), "open"), again;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = check(open(path, O_WRONLY | O_APPEND), "open again by /proc");
	check(write(again, text, LEN), "write");
}

static void v_opath(char **a)
{
	int fd = check(open(a[0], O_PATH), "open O_PATH"), again;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = check(open(path, O_WRONLY | O_APPEND), "open of O_PATH");
	check(write(again, text, LEN), "write");
}

static void v_swapon(char **a)
{
	check(swapon(a[0], 0), "swapon");
}

/* ---- mounts ---- */

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 4
#endif

static void v_open_tree(char **a)
{
	int fd = check(syscall(SYS_open_tree, AT_FDCWD, a[0], OPEN_TREE_CLONE), "open_tree");

	check(syscall(SYS_move_mount, fd, "", AT_FDCWD, a[1], MOVE_MOUNT_F_EMPTY_PATH),
	      "move_mount");
}

static void v_move_mount(char **a)
{
	check(syscall(SYS_move_mount, AT_FDCWD, a[0], AT_FDCWD, a[1], 0), "move_mount");
}

/* A propagation flag beside MS_BIND is ignored by the kernel. */
static void v_bind_shared(char **a)
{
	check(mount(a[0], a[1], NULL, MS_BIND | MS_SHARED, NULL), "mount bind shared");
}

static void v_umount_detach(char **a)
{
	check(umount2(a[0], MNT_DETACH), "umount detach");
}

static const struct {
	const char *name;
	int args;
	void (*run)(char **args);
} verbs[] = {
	{"write", 1, v_write},
	{"pwrite", 1, v_pwrite},
	{"create", 1, v_create},
	{"create-rdonly", 1, v_create_rdonly},
	{"trunc-rdonly", 1, v_trunc_rdonly},
	{"truncate", 1, v_truncate},
	{"ftruncate", 1, v_ftruncate},
	{"fallocate", 1, v_fallocate},
	{"punch", 1, v_punch},
	{"mmap", 1, v_mmap},
	{"mprotect", 1, v_mprotect},
	{"store", 1, v_store},
	{"sendfile", 2, v_sendfile},
	{"splice", 1, v_splice},
	{"copy-range", 2, v_copy_range},
	{"ficlone", 2, v_ficlone},
	{"move-ext", 2, v_move_ext},
	{"aio", 1, v_aio},
	{"uring-write", 1, v_uring_write},
	{"uring-open", 1, v_uring_open},
	{"uring-unlink", 1, v_uring_unlink},
	{"unlink", 1, v_unlink},
	{"rmdir", 1, v_rmdir},
	{"mkdir", 1, v_mkdir},
	{"rename", 2, v_rename},
	{"exchange", 2, v_exchange},
	{"whiteout", 2, v_whiteout},
	{"link", 2, v_link},
	{"symlink", 2, v_symlink},
	{"tmpfile", 2, v_tmpfile},
	{"bind", 1, v_bind},
	{"chmod", 1, v_chmod},
	{"fchmod", 1, v_fchmod},
	{"fchown", 1, v_fchown},
	{"lchown", 1, v_lchown},
	{"utimes", 1, v_utimes},
	{"setxattr", 2, v_setxattr},
	{"fsetxattr", 2, v_fsetxattr},
	{"removexattr", 2, v_removexattr},
	{"setflags", 1, v_setflags},
	{"fssetxattr", 1, v_fssetxattr},
	{"handle", 2, v_handle},
	{"proc-fd", 1, v_proc_fd},
	{"opath", 1, v_opath},
	{"swapon", 1, v_swapon},
	{"open-tree", 2, v_open_tree},
	{"move-mount", 2, v_move_mount},
	{"bind-shared", 2, v_bind_shared},
	{"umount-detach", 1, v_umount_detach},
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc > 3 && !strcmp(argv[1], "later")) {
		fifo = argv[2];
		argc -= 2;
		argv += 2;
	}
	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc - 2 == verbs[i].args) {
			verbs[i].run(argv + 2);
			return 0;
		}
	fprintf(stderr, "poke: no such verb, or not its number of arguments\n");
	return 2;
}
