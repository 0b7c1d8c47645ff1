// SPDX-License-Identifier: Apache-2.0
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "audit_confine.h"

#define MEMORY_MAX (1ull << 30)
#define PROCESSOR_MAX 1800 /* seconds */
#define IDLE_CLASS (3 << 13)
#define IOPRIO_WHO_PROCESS 1
#define NR(name) SCMP_SYS(name)

/* What an account without rights could still do, and an audit never does. */
static const int denied[] = {
	NR(socket),
	NR(connect),
	NR(bind),
	NR(listen),
	NR(sendto),
	NR(sendmsg),
	NR(ptrace),
	NR(kcmp),
	NR(pidfd_getfd),
	NR(process_vm_readv),
	NR(process_vm_writev),
	NR(process_madvise),
	NR(setns),
	NR(unshare),
	NR(mount),
	NR(umount2),
	NR(move_mount),
	NR(open_tree),
	NR(fsopen),
	NR(pivot_root),
	NR(chroot),
	NR(bpf),
	NR(perf_event_open),
	NR(userfaultfd),
	NR(io_uring_setup),
	NR(keyctl),
	NR(add_key),
	NR(request_key),
	NR(init_module),
	NR(finit_module),
	NR(kexec_load),
	NR(open_by_handle_at),
	NR(name_to_handle_at),
	NR(openat2),
	NR(creat),
	NR(mkdir),
	NR(mkdirat),
	NR(rmdir),
	NR(unlink),
	NR(unlinkat),
	NR(rename),
	NR(renameat),
	NR(renameat2),
	NR(link),
	NR(linkat),
	NR(symlink),
	NR(symlinkat),
	NR(mknod),
	NR(mknodat),
	NR(truncate),
	NR(ftruncate),
	NR(fallocate),
	NR(chmod),
	NR(fchmod),
	NR(fchmodat),
	NR(chown),
	NR(fchown),
	NR(lchown),
	NR(fchownat),
	NR(utimensat),
	NR(setxattr),
	NR(lsetxattr),
	NR(fsetxattr),
	NR(removexattr),
	NR(lremovexattr),
	NR(fremovexattr),
};

static int deny_creating(scmp_filter_ctx ctx)
{
	static const unsigned int flags[] = {O_CREAT, O_TRUNC};
	int r = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		r |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), NR(openat), 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, flags[i], flags[i])) |
		     seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), NR(open), 1,
				      SCMP_A1(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
	return r;
}

static int deny_calls(struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = ctx ? deny_creating(ctx) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < sizeof(denied) / sizeof(*denied); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r == 0)
		return 0;
	errno = -r;
	return err_sys(err, "cannot narrow system calls (seccomp)");
}

static int become(struct err *err)
{
	struct passwd *pw = getpwnam("webdefender");

	if (!pw)
		pw = getpwnam("nobody");
	if (!pw)
		return err_set(err,
			       "no account to run the audit as: neither webdefender nor nobody");
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return err_sys(err, "cannot become %s", pw->pw_name);
	capng_clear(CAPNG_SELECT_ALL);
	capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE,
		     CAP_DAC_READ_SEARCH);
	if (capng_apply(CAPNG_SELECT_CAPS) ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0))
		return err_sys(err, "cannot give up capabilities");
	return 0;
}

static void limit(void)
{
	const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX}, none = {0, 0},
			    processor = {PROCESSOR_MAX, PROCESSOR_MAX};

	setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_CPU, &processor);
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IDLE_CLASS);
}

int audit_confine(struct err *err)
{
	limit();
	/* Without the right to, seccomp alone keeps it from the network. */
	if (unshare(CLONE_NEWNET) < 0)
		log_debug("no network of its own: %m");
	if (geteuid() == 0 && become(err))
		return -1;
	return deny_calls(err);
}
