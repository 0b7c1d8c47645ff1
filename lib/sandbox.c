// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/socket.h>
#include "sandbox.h"

#define CALLS(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__, -1                                                                    \
	}
#define NR(name) SCMP_SYS(name)

/* What any event loop with timers, memory and a log does. */
static const int base_calls[] = CALLS(
	NR(read), NR(readv), NR(pread64), NR(preadv), NR(write), NR(writev), NR(close), NR(fstat),
	NR(newfstatat), NR(statx), NR(lseek), NR(fcntl), NR(ioctl), NR(dup), NR(dup2), NR(pipe2),
	NR(getdents64), NR(access), NR(faccessat), NR(faccessat2), NR(readlink), NR(readlinkat),
	NR(mmap), NR(munmap), NR(mprotect), NR(mremap), NR(madvise), NR(brk), NR(futex),
	NR(epoll_create1), NR(epoll_ctl), NR(epoll_wait), NR(epoll_pwait), NR(poll), NR(ppoll),
	NR(select), NR(pselect6), NR(eventfd2), NR(timerfd_create), NR(timerfd_settime),
	NR(clock_gettime), NR(clock_getres), NR(clock_nanosleep), NR(nanosleep), NR(gettimeofday),
	NR(time), NR(getrandom), NR(rt_sigaction), NR(rt_sigprocmask), NR(rt_sigreturn),
	NR(sigaltstack), NR(exit), NR(exit_group), NR(getpid), NR(gettid), NR(getppid), NR(getuid),
	NR(geteuid), NR(getgid), NR(getegid), NR(uname), NR(prlimit64), NR(getrusage),
	NR(sched_yield), NR(sched_getaffinity), NR(tgkill), NR(restart_syscall), NR(rseq),
	NR(set_robust_list), NR(sendmsg), NR(sendto), NR(recvmsg), NR(recvfrom), NR(shutdown),
	NR(getsockopt), NR(setsockopt), NR(getsockname), NR(getpeername));

static const int network_calls[] =
	CALLS(NR(bind), NR(listen), NR(connect), NR(accept), NR(accept4));

static const int write_calls[] = CALLS(
	NR(openat2), NR(creat), NR(pwrite64), NR(pwritev), NR(ftruncate), NR(fallocate), NR(fsync),
	NR(fdatasync), NR(syncfs), NR(mkdir), NR(mkdirat), NR(rename), NR(renameat), NR(renameat2),
	NR(unlink), NR(unlinkat), NR(fchmod), NR(fchmodat), NR(utimensat), NR(flock));

static int allow(scmp_filter_ctx ctx, const int *calls)
{
	for (; *calls != -1; calls++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, *calls, 0) < 0)
			return -1;
	return 0;
}

/* Opening: reading only (no O_CREAT, O_TRUNC either), or at will. */
static int allow_open(scmp_filter_ctx ctx, bool writing)
{
	const unsigned int mask = O_ACCMODE | O_CREAT | O_TRUNC;

	if (writing)
		return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, NR(openat), 0) |
		       seccomp_rule_add(ctx, SCMP_ACT_ALLOW, NR(open), 0);
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, NR(openat), 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, mask, O_RDONLY)) |
	       seccomp_rule_add(ctx, SCMP_ACT_ALLOW, NR(open), 1,
				SCMP_A1(SCMP_CMP_MASKED_EQ, mask, O_RDONLY));
}

static int allow_sockets(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, NR(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_INET)) |
	       seccomp_rule_add(ctx, SCMP_ACT_ALLOW, NR(socket), 1,
				SCMP_A0(SCMP_CMP_EQ, AF_INET6)) |
	       allow(ctx, network_calls);
}

int sandbox_enter(bool network, bool write_files, struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = -1;

	if (ctx && allow(ctx, base_calls) == 0 && allow_open(ctx, write_files) == 0 &&
	    (!network || allow_sockets(ctx) == 0) && (!write_files || allow(ctx, write_calls) == 0))
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r < 0) {
		errno = r == -1 ? ENOMEM : -r;
		return err_sys(err, "cannot narrow system calls (seccomp)");
	}
	return 0;
}
