// SPDX-License-Identifier: Apache-2.0
/* rings.c - io_uring: the same calls, by other doors and by kernel threads */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attack.h"

#define I "@/index.html"
#define B "@/big.bin"

static const char text[] = "defaced\n";
#define LEN (sizeof(text) - 1)

static struct {
	int fd;
	char *sq, *cq;
	struct io_uring_params p;
	struct io_uring_sqe *sqe;
} ring;

static int old = -1;

static int make_ring(unsigned int flags)
{
	size_t sq, cq;

	memset(&ring, 0, sizeof(ring));
	ring.p.flags = flags;
	ring.p.sq_thread_idle = 10;
	ring.fd = try(syscall(SYS_io_uring_setup, 4, &ring.p));
	sq = ring.p.sq_off.array + ring.p.sq_entries * sizeof(unsigned int);
	cq = ring.p.cq_off.cqes + ring.p.cq_entries * sizeof(struct io_uring_cqe);
	ring.sq = mmap(NULL, sq, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
	ring.cq = mmap(NULL, cq, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_CQ_RING);
	ring.sqe = mmap(NULL, ring.p.sq_entries * sizeof(*ring.sqe), PROT_READ | PROT_WRITE,
			MAP_SHARED, ring.fd, IORING_OFF_SQES);
	return ring.sq == MAP_FAILED || ring.cq == MAP_FAILED || ring.sqe == MAP_FAILED ? -errno
											: 0;
}

static int submit(const struct io_uring_sqe *sqe)
{
	unsigned int *tail = (void *)(ring.sq + ring.p.sq_off.tail), enter = IORING_ENTER_GETEVENTS;
	unsigned int at = *tail & (ring.p.sq_entries - 1);
	struct io_uring_cqe *cqes = (void *)(ring.cq + ring.p.cq_off.cqes);
	unsigned int *head = (void *)(ring.cq + ring.p.cq_off.head);
	int result;

	ring.sqe[at] = *sqe;
	((unsigned int *)(ring.sq + ring.p.sq_off.array))[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (ring.p.flags & IORING_SETUP_SQPOLL)
		enter |= IORING_ENTER_SQ_WAKEUP;
	try(syscall(SYS_io_uring_enter, ring.fd, 1, 1, enter, NULL, 0));
	result = cqes[*head & (ring.p.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	/* An operation that this kernel does not know. */
	return result == -EINVAL ? -EOPNOTSUPP : result < 0 ? result : 0;
}

static int once(unsigned int flags, const struct io_uring_sqe *sqe)
{
	return make_ring(flags) ?: submit(sqe);
}

#define RING(name, setup, ...)                                                                     \
	static int name(void)                                                                      \
	{                                                                                          \
		struct io_uring_sqe sqe = {__VA_ARGS__};                                           \
		return once(setup, &sqe);                                                          \
	}
#define PATH(p) (uintptr_t) at(p)

RING(ring_open, 0, .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = PATH(I), .len = 0644,
     .open_flags = O_WRONLY | O_TRUNC)
RING(ring_open_async, 0, .opcode = IORING_OP_OPENAT, .flags = IOSQE_ASYNC, .fd = AT_FDCWD,
     .addr = PATH(I), .len = 0644, .open_flags = O_WRONLY | O_TRUNC)
RING(ring_open_poll, IORING_SETUP_SQPOLL, .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
     .addr = PATH(I), .len = 0644, .open_flags = O_WRONLY | O_TRUNC)
RING(ring_create, 0, .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = PATH("@/new"),
     .len = 0644, .open_flags = O_WRONLY | O_CREAT)
RING(ring_unlink, 0, .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = PATH(I))
RING(ring_unlink_async, 0, .opcode = IORING_OP_UNLINKAT, .flags = IOSQE_ASYNC, .fd = AT_FDCWD,
     .addr = PATH(I))
RING(ring_rmdir, 0, .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = PATH("@/empty"),
     .unlink_flags = AT_REMOVEDIR)
RING(ring_rename, 0, .opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD, .addr = PATH("^/evil.html"),
     .len = AT_FDCWD, .addr2 = PATH(I))
RING(ring_mkdir, 0, .opcode = IORING_OP_MKDIRAT, .fd = AT_FDCWD, .addr = PATH("@/new"),
     .len = 0755)
RING(ring_symlink, 0, .opcode = IORING_OP_SYMLINKAT, .fd = AT_FDCWD, .addr = PATH("/etc"),
     .addr2 = PATH("@/new"))
RING(ring_link, 0, .opcode = IORING_OP_LINKAT, .fd = AT_FDCWD, .addr = PATH("^/evil.html"),
     .len = AT_FDCWD, .addr2 = PATH("@/new"))
RING(ring_setxattr, 0, .opcode = 42, .addr = (uintptr_t) "user.x", .addr2 = (uintptr_t) "1",
     .len = 1, .addr3 = PATH(I))

static int ring_fsetxattr(void)
{
	struct io_uring_sqe sqe = {.opcode = 41, .addr = (uintptr_t) "user.x",
				   .addr2 = (uintptr_t) "1", .len = 1};

	sqe.fd = try(open(at(I), O_RDONLY));
	return once(0, &sqe);
}

/* Opened into the ring's own table: no descriptor of the process's ever. */
static int ring_open_direct(void)
{
	int none = -1;
	struct io_uring_sqe open = {.opcode = IORING_OP_OPENAT,
				    .fd = AT_FDCWD,
				    .addr = PATH(I),
				    .open_flags = O_WRONLY,
				    .file_index = 1};
	struct io_uring_sqe write = {.opcode = IORING_OP_WRITE,
				     .flags = IOSQE_FIXED_FILE,
				     .addr = (uintptr_t)text,
				     .len = LEN};
	int err = make_ring(0);

	if (err)
		return err;
	try(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &none, 1));
	return submit(&open) ?: submit(&write);
}

/* ---- with a descriptor from before ---- */

static int open_old(void)
{
	return old = try(open(at(B), O_RDWR)), 0;
}

static int old_write(unsigned int setup, unsigned int flags)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_WRITE,
				   .flags = flags,
				   .fd = old,
				   .addr = (uintptr_t)text,
				   .len = LEN};

	return once(setup, &sqe);
}

static int ring_write(void)
{
	return old_write(0, 0);
}

static int ring_write_async(void)
{
	return old_write(0, IOSQE_ASYNC);
}

static int ring_writev(void)
{
	struct iovec v = {(void *)text, LEN};
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITEV, .fd = old, .addr = (uintptr_t)&v, .len = 1};

	return once(0, &sqe);
}

static int ring_fallocate(void)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_FALLOCATE,
				   .fd = old,
				   .addr = 4096, /* the length */
				   .len = 3};	 /* FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE */

	return once(0, &sqe);
}

static int ring_ftruncate(void)
{
	struct io_uring_sqe sqe = {.opcode = 55, .fd = old, .off = 3}; /* 6.9 */

	return once(0, &sqe);
}

static int ring_splice(void)
{
	int p[2];
	struct io_uring_sqe sqe = {.opcode = IORING_OP_SPLICE, .fd = old, .off = 0, .len = LEN};

	try(pipe(p));
	try(write(p[1], text, LEN));
	sqe.splice_fd_in = p[0];
	sqe.splice_off_in = -1;
	return once(0, &sqe);
}

/* Registered with the ring before, with its buffer; the descriptor is closed. */
static int register_old(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v = {page, 4096};
	int err = open_old() ?: make_ring(0);

	if (err)
		return err;
	strcpy(page, "fixed");
	try(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &old, 1));
	try(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &v, 1));
	ring.sqe[0].addr = (uintptr_t)page;
	return close(old);
}

static int ring_write_fixed(void)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_WRITE_FIXED,
				   .flags = IOSQE_FIXED_FILE,
				   .addr = ring.sqe[0].addr,
				   .len = 4096};

	return submit(&sqe);
}

static int register_old_poll(void)
{
	int err = open_old() ?: make_ring(IORING_SETUP_SQPOLL);

	if (err)
		return err;
	return try(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &old, 1)), 0;
}

static int ring_write_poll(void)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_WRITE,
				   .flags = IOSQE_FIXED_FILE,
				   .addr = (uintptr_t)text,
				   .len = LEN};

	return submit(&sqe);
}

const struct vector ring_vectors[] = {
	{"uring-open", "io_uring openat", "open", I, .run = ring_open},
	{"uring-open-async", "by a worker", "open", I, .run = ring_open_async},
	{"uring-open-sqpoll", "by the polling thread", "open", I, .run = ring_open_poll},
	{"uring-open-direct", "into the ring's own table", "open", I, .run = ring_open_direct},
	{"uring-create", "openat O_CREAT", "create", "@/new", .run = ring_create},
	{"uring-unlink", "unlinkat", "unlink", I, .run = ring_unlink},
	{"uring-unlink-async", "unlinkat by a worker", "unlink", I, .run = ring_unlink_async},
	{"uring-rmdir", "unlinkat AT_REMOVEDIR", "rmdir", "@/empty", .run = ring_rmdir},
	{"uring-rename", "renameat", "rename", "^/evil.html", I, .run = ring_rename},
	{"uring-mkdir", "mkdirat", "mkdir", "@/new", .run = ring_mkdir},
	{"uring-symlink", "symlinkat", "symlink", "@/new", .run = ring_symlink},
	{"uring-link", "linkat", "link", "^/evil.html", "@/new", .run = ring_link},
	{"uring-setxattr", "setxattr", "setxattr", I, .run = ring_setxattr},
	{"uring-fsetxattr", "fsetxattr", "setxattr", I, .run = ring_fsetxattr},
	{"uring-old-write", "write, old descriptor", "write", B, .before = open_old,
	 .run = ring_write},
	{"uring-old-write-async", "the same by a worker", "write", B, .before = open_old,
	 .run = ring_write_async},
	{"uring-old-writev", "writev, old descriptor", "write", B, .before = open_old,
	 .run = ring_writev},
	{"uring-old-fallocate", "fallocate, old descriptor", "write", B, .before = open_old,
	 .run = ring_fallocate},
	{"uring-old-ftruncate", "ftruncate, old descriptor", "truncate", B, .before = open_old,
	 .run = ring_ftruncate},
	{"uring-old-splice", "splice, old descriptor", "write", B, .before = open_old,
	 .run = ring_splice},
	{"uring-old-fixed", "file and buffer registered before", "write", B,
	 .before = register_old, .run = ring_write_fixed},
	{"uring-old-sqpoll", "registered before, by the polling thread", "write", B,
	 .before = register_old_poll, .run = ring_write_poll},
	{NULL},
};
