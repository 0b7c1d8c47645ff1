/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - differences between kernel versions, 5.10 to today
 *
 * Where a distribution may have backported a change, the compiler is asked for
 * the type instead of the version.
 */
#ifndef WD_COMPAT_H
#define WD_COMPAT_H

#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/mm_types.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/version.h>
#include <net/genetlink.h>

/* ---- ftrace: the registers at a function's entry ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
typedef struct ftrace_regs wd_regs;
#else
typedef struct pt_regs wd_regs;
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define wd_arg(regs, n) ftrace_regs_get_argument((wd_regs *)(regs), n)
#define wd_set_ip(regs, ip) ftrace_regs_set_instruction_pointer(regs, ip)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define wd_arg(regs, n) regs_get_kernel_argument(&((wd_regs *)(regs))->regs, n)
#define wd_set_ip(regs, to) ((regs)->regs.ip = (to))
#else
#define wd_arg(regs, n) regs_get_kernel_argument((wd_regs *)(regs), n)
#define wd_set_ip(regs, to) ((regs)->ip = (to))
#endif

/* Without WITH_ARGS the instruction pointer can be changed only with all registers saved. */
#ifdef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
#define WD_FTRACE_FLAGS (FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT)
#else
#define WD_FTRACE_FLAGS (FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_SAVE_REGS)
#endif

/* ---- arguments that moved when mount id maps came ---- */

#define WD_TAKES(fn, ...) __builtin_types_compatible_p(typeof(&(fn)), int (*)(__VA_ARGS__))

#define WD_SETATTR_DENTRY                                                                          \
	(WD_TAKES(security_inode_setattr, struct dentry *, struct iattr *) ? 0 : 1)
#define WD_SETXATTR_DENTRY                                                                         \
	(WD_TAKES(security_inode_setxattr, struct dentry *, const char *, const void *, size_t,    \
		  int)                                                                             \
		 ? 0                                                                               \
		 : 1)

/* ---- exported all along, but declared in fs/internal.h until 6.4 ---- */

extern int vfs_path_lookup(struct dentry *, struct vfsmount *, const char *, unsigned int,
			   struct path *);

/* ---- looking up one name in a directory ---- */

static inline struct dentry *wd_lookup(const char *name, struct dentry *dir)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return lookup_noperm_unlocked(&QSTR(name), dir);
#else
	return lookup_one_len_unlocked(name, dir, strlen(name));
#endif
}

/* ---- changing attributes; the caller may write there and holds the inode's lock ---- */

static inline int wd_notify_change(const struct path *path, struct iattr *attr)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return notify_change(mnt_idmap(path->mnt), path->dentry, attr, NULL);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0)
	return notify_change(mnt_user_ns(path->mnt), path->dentry, attr, NULL);
#else
	return notify_change(path->dentry, attr, NULL);
#endif
}

/* ---- commands through io_uring, 6.0 ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
#define WD_HAVE_URING_CMD
#if __has_include(<linux/io_uring/cmd.h>)
#include <linux/io_uring/cmd.h>
#else
#include <linux/io_uring.h>
#endif
#endif

/* ---- names of an inode; the caller holds its i_lock ---- */

#ifdef for_each_alias
#define wd_for_each_alias(dentry, inode) for_each_alias(dentry, inode)
#else
#define wd_for_each_alias(dentry, inode)                                                           \
	hlist_for_each_entry (dentry, &(inode)->i_dentry, d_u.d_alias)
#endif

/*
 * ---- a disk opened by the kernel itself: device, mode and holder are its first arguments ----
 *
 * Compilers cut it in two, and its neighbour that takes a path then calls the second part.
 */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define WD_BLKDEV_GET "bdev_file_open_by_dev"
#else
#define WD_BLKDEV_GET "blkdev_get_by_dev"
#endif

/* ---- whose access list is set by set_posix_acl() ---- */

static inline struct inode *wd_acl_inode(const wd_regs *regs)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return ((struct dentry *)wd_arg(regs, 1))->d_inode;
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0)
	return (struct inode *)wd_arg(regs, 1);
#else
	return (struct inode *)wd_arg(regs, 0);
#endif
}

/* ---- the name by which a file of an overlay was opened; elsewhere the file's own ---- */

static inline const struct dentry *wd_user_dentry(const struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return file_user_path((struct file *)file)->dentry;
#else
	return file->f_path.dentry;
#endif
}

/* ---- the executable of current; the caller releases it with fput() ---- */

static inline struct file *wd_get_exe(void)
{
	struct mm_struct *mm = current->mm;
	struct file *exe;

	if (!mm)
		return NULL;
	rcu_read_lock();
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	exe = get_file_rcu(&mm->exe_file);
#else
	exe = rcu_dereference(mm->exe_file);
	if (exe && !get_file_rcu(exe))
		exe = NULL;
#endif
	rcu_read_unlock();
	return exe;
}

static inline u32 wd_loginuid(void)
{
#ifdef CONFIG_AUDIT
	return __kuid_val(current->loginuid);
#else
	return (u32)-1;
#endif
}

/* ---- signatures ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#include <crypto/sha2.h>
#else
#include <crypto/sha.h>
#endif

/* Kbuild looks for the member: a signature can be made over more than a digest then. */
#ifdef WD_HAVE_SIG_M
#define WD_SIG_DIGEST m
#define WD_SIG_DIGEST_SIZE m_size
#else
#define WD_SIG_DIGEST digest
#define WD_SIG_DIGEST_SIZE digest_size
#endif

/* ---- generic netlink ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
typedef struct genl_split_ops wd_genl_doit;
#else
typedef struct genl_ops wd_genl_doit;
#endif

/* Joining the event group: the kernel checks where it can (Kbuild looks for the bit field). */
#if defined(GENL_MCAST_CAP_SYS_ADMIN)
#define WD_MCGRP_CAP .flags = GENL_MCAST_CAP_SYS_ADMIN,
#elif defined(WD_HAVE_MCGRP_CAP_BIT)
#define WD_MCGRP_CAP .cap_sys_admin = 1,
#else
#define WD_MCGRP_CAP
#endif

#endif /* WD_COMPAT_H */
