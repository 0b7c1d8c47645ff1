// SPDX-License-Identifier: Apache-2.0
/* content.c - bytes and sizes, by the name of the file */
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attack.h"

static const char text[] = "defaced\n";
#define LEN (sizeof(text) - 1)
#define I "@/index.html"
#define B "@/big.bin"

static int fd_of(const char *path, int flags)
{
	return open(at(path), flags, 0644);
}

static int append(void)
{
	int fd = try(fd_of(I, O_WRONLY | O_APPEND));

	return try(write(fd, text, LEN)), 0;
}

static int overwrite(void)
{
	int fd = try(fd_of(I, O_RDWR));

	return try(pwrite(fd, text, 1, 0)), 0;
}

static int open_only_trunc(void)
{
	return try(fd_of(I, O_WRONLY | O_TRUNC)), 0;
}

static int read_trunc(void)
{
	return try(fd_of(I, O_RDONLY | O_TRUNC)), 0;
}

static int access_three_trunc(void)
{
	return try(fd_of(I, O_ACCMODE | O_TRUNC)), 0; /* 3: neither, for ioctls */
}

static int creat_over(void)
{
	return try(creat(at(I), 0644)), 0;
}

static int openat2_write(void)
{
	struct open_how how = {.flags = O_WRONLY | O_APPEND, .resolve = RESOLVE_NO_SYMLINKS};
	int fd = try(syscall(SYS_openat2, AT_FDCWD, at(I), &how, sizeof(how)));

	return try(write(fd, text, LEN)), 0;
}

static int openat2_in_root(void)
{
	struct open_how how = {.flags = O_WRONLY | O_TRUNC, .resolve = RESOLVE_IN_ROOT};
	int dir = try(fd_of("@", O_PATH));

	return try(syscall(SYS_openat2, dir, "/../index.html", &how, sizeof(how))), 0;
}

static int through_link(void)
{
	int fd = try(fd_of("@/link", O_WRONLY | O_APPEND));

	return try(write(fd, text, LEN)), 0;
}

static int truncate_down(void)
{
	return try(truncate(at(I), 1)), 0;
}

static int truncate_up(void)
{
	return try(truncate(at(I), 1 << 20)), 0;
}

static int vector_write(void)
{
	struct iovec v[2] = {{(void *)text, LEN}, {(void *)text, LEN}};
	int fd = try(fd_of(I, O_WRONLY));

	return try(writev(fd, v, 2)), 0;
}

static int vector_write2(void)
{
	struct iovec v = {(void *)text, LEN};
	int fd = try(fd_of(I, O_RDWR));

	return try(pwritev2(fd, &v, 1, -1, RWF_APPEND | RWF_DSYNC)), 0;
}

static int direct(void)
{
	static char page[4096] __attribute__((aligned(4096)));
	int fd = try(fd_of(B, O_WRONLY | O_DIRECT));

	memcpy(page, text, LEN);
	return try(pwrite(fd, page, sizeof(page), 4096)), 0;
}

static int synchronous(void)
{
	int fd = try(fd_of(I, O_WRONLY | O_SYNC | O_NONBLOCK | O_NOATIME));

	return try(write(fd, text, LEN)), 0;
}

static int mapped(void)
{
	int fd = try(fd_of(B, O_RDWR));
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	memcpy(p, text, LEN);
	return try(msync(p, 4096, MS_SYNC)), 0;
}

static int mapped_validate(void)
{
	int fd = try(fd_of(B, O_RDWR));
	char *p = mmap(NULL, 4096, PROT_WRITE, MAP_SHARED_VALIDATE | MAP_POPULATE, fd, 4096);

	if (p == MAP_FAILED)
		return -errno;
	memcpy(p, text, LEN);
	return 0;
}

static int allocate(int mode, off_t from, off_t len)
{
	int fd = try(fd_of(B, O_RDWR));

	return try(fallocate(fd, mode, from, len)), 0;
}

static int grow(void)
{
	return allocate(0, 0, 1 << 20);
}

static int punch(void)
{
	return allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096);
}

static int zero(void)
{
	return allocate(FALLOC_FL_ZERO_RANGE, 0, 4096);
}

static int collapse(void)
{
	return allocate(FALLOC_FL_COLLAPSE_RANGE, 0, 4096);
}

static int insert(void)
{
	return allocate(FALLOC_FL_INSERT_RANGE, 4096, 4096);
}

static int send_into(void)
{
	int in = try(fd_of("^/evil.html", O_RDONLY)), to = try(fd_of(I, O_WRONLY));

	return try(sendfile(to, in, NULL, 100)), 0;
}

static int splice_into(void)
{
	int to = try(fd_of(I, O_WRONLY)), p[2];

	try(pipe(p));
	try(write(p[1], text, LEN));
	return try(splice(p[0], NULL, to, NULL, LEN, SPLICE_F_MOVE)), 0;
}

static int vmsplice_into(void)
{
	static char page[4096] __attribute__((aligned(4096))) = "gift";
	struct iovec v = {page, sizeof(page)};
	int to = try(fd_of(B, O_WRONLY)), p[2];

	try(pipe(p));
	try(vmsplice(p[1], &v, 1, SPLICE_F_GIFT));
	return try(splice(p[0], NULL, to, NULL, sizeof(page), SPLICE_F_MOVE)), 0;
}

static int copy_into(void)
{
	int in = try(fd_of("^/evil.html", O_RDONLY)), to = try(fd_of(I, O_WRONLY));

	return try(copy_file_range(in, NULL, to, NULL, 5, 0)), 0;
}

static int clone_into(void)
{
	int in = try(fd_of("^/evil.bin", O_RDONLY)), to = try(fd_of("@/app.js", O_WRONLY));

	return try(ioctl(to, FICLONE, in)), 0;
}

static int clone_range_into(void)
{
	int in = try(fd_of("@/big.bin", O_RDONLY)), to = try(fd_of("@/app.js", O_WRONLY));
	struct file_clone_range range = {.src_fd = in, .src_length = 4096};

	return try(ioctl(to, FICLONERANGE, &range)), 0;
}

/* ---- the 32-bit entry: its own system call table and compat ioctls ---- */

static long int80(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory", "r8",
			 "r9", "r10", "r11");
	if (r < 0 && r > -4096) {
		errno = -r;
		return -1;
	}
	return r;
}

/* A string below 4 GiB. */
static long low(const char *path)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	strcpy(p, at(path));
	return (long)p;
}

static int int80_open(void)
{
	return try(int80(5, low(I), O_WRONLY | O_TRUNC, 0)), 0;
}

static int int80_truncate(void)
{
	return try(int80(92, low(I), 2, 0)), 0;
}

static int int80_unlink(void)
{
	return try(int80(10, low(I), 0, 0)), 0;
}

static int int80_setflags(void)
{
	int fd = try(fd_of(I, O_RDONLY));
	long p = low("");

	*(int *)p = 0;
	try(int80(54, fd, 0x80046601, p)); /* FS_IOC32_GETFLAGS */
	*(int *)p |= FS_NOATIME_FL;
	return try(int80(54, fd, 0x40046602, p)), 0; /* FS_IOC32_SETFLAGS */
}

const struct vector content_vectors[] = {
	{"append", "open O_APPEND, write", "open", I, .run = append},
	{"overwrite", "open O_RDWR, pwrite", "open", I, .run = overwrite},
	{"open-trunc", "open O_WRONLY|O_TRUNC", "open", I, .run = open_only_trunc},
	{"open-rdonly-trunc", "open O_RDONLY|O_TRUNC", "open", I, .run = read_trunc},
	{"open-accmode3-trunc", "open of access mode 3, O_TRUNC", "open|truncate", I,
	 .run = access_three_trunc},
	{"creat-over", "creat over a file", "open", I, .run = creat_over},
	{"openat2", "openat2 without symbolic links", "open", I, .run = openat2_write},
	{"openat2-in-root", "openat2 RESOLVE_IN_ROOT over ..", "open", I, .run = openat2_in_root},
	{"open-by-symlink", "open through a link of the tree", "open", I, .run = through_link},
	{"truncate-down", "truncate to less", "truncate", I, .run = truncate_down},
	{"truncate-up", "truncate to more", "truncate", I, .run = truncate_up},
	{"writev", "writev", "open", I, .run = vector_write},
	{"pwritev2", "pwritev2 RWF_APPEND at no offset", "open", I, .run = vector_write2},
	{"direct-write", "O_DIRECT", "open", B, .run = direct},
	{"sync-write", "O_SYNC|O_NONBLOCK|O_NOATIME", "open", I, .run = synchronous},
	{"mmap-shared", "shared mapping", "open", B, .run = mapped},
	{"mmap-shared-validate", "MAP_SHARED_VALIDATE|MAP_POPULATE", "open", B,
	 .run = mapped_validate},
	{"fallocate-grow", "fallocate", "open", B, .run = grow},
	{"fallocate-punch", "FALLOC_FL_PUNCH_HOLE", "open", B, .run = punch},
	{"fallocate-zero", "FALLOC_FL_ZERO_RANGE", "open", B, .run = zero},
	{"fallocate-collapse", "FALLOC_FL_COLLAPSE_RANGE", "open", B, .run = collapse},
	{"fallocate-insert", "FALLOC_FL_INSERT_RANGE", "open", B, .run = insert},
	{"sendfile-into", "sendfile into a file", "open", I, .run = send_into},
	{"splice-into", "splice from a pipe", "open", I, .run = splice_into},
	{"vmsplice-gift", "vmsplice SPLICE_F_GIFT, splice SPLICE_F_MOVE", "open", B,
	 .run = vmsplice_into},
	{"copy-range-into", "copy_file_range", "open", I, .run = copy_into},
	{"clone-into", "FICLONE", "open", "@/app.js", .run = clone_into},
	{"clone-range-into", "FICLONERANGE from within the tree", "open", "@/app.js",
	 .run = clone_range_into},
	{"int80-open", "open by the 32-bit entry", "open", I, .run = int80_open},
	{"int80-truncate", "truncate by the 32-bit entry", "truncate", I, .run = int80_truncate},
	{"int80-unlink", "unlink by the 32-bit entry", "unlink", I, .run = int80_unlink},
	{"int80-setflags", "FS_IOC32_SETFLAGS by compat ioctl", "ioctl", I, .run = int80_setflags,
	 .only = F_EXT4 | F_XFS | F_BTRFS},
	{NULL},
};
