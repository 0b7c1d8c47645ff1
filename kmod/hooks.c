// SPDX-License-Identifier: GPL-2.0-only
/*
 * hooks.c - gathers the facts of an attempt, and asks one question
 *
 * Each check reads the arguments of the security_ function it stands in front of.
 * Inode hooks are used rather than path hooks: they also see what overlayfs, nfsd
 * and other layers do below. Every check is atomic, see attach.h.
 *
 * One attempt, one event: what open() does besides (creating, O_TRUNC) is judged
 * once.
 */
#include <linux/binfmts.h>
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/fs_struct.h>
#include <linux/kdev_t.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/nsproxy.h>
#include <linux/ptrace.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/xattr.h>
#include <uapi/linux/mount.h>

#include "agent.h"
#include "arm.h"
#include "attach.h"
#include "code.h"
#include "eval.h"
#include "filter.h"
#include "hooks.h"
#include "ioctls.h"
#include "layer.h"
#include "lockdown.h"
#include "mapper.h"
#include "mount.h"
#include "policy.h"
#include "report.h"
#include "seal.h"

/* ---- the question ---- */

/* An end that may change is as good as one that nobody guards. */
static void except(struct wd_place *end, u8 aim, umode_t type)
{
	if (end->mode != WD_MODE_OFF && wd_filter_excepts(end, aim, type))
		end->mode = WD_MODE_OFF;
}

static int judge(struct wd_ctx *ctx)
{
	enum wd_answer answer;

	ctx->agent = wd_agent_is_current();
	ctx->op_on = wd_policy_op(ctx->op);
	if (!ctx->agent) {
		except(&ctx->at, ctx->at_aim, ctx->at_type);
		except(&ctx->to, ctx->to_aim, ctx->to_type);
	}
	answer = wd_eval(ctx);
	if (answer == WD_ALLOW)
		return 0;
	wd_report(ctx, answer == WD_DENY ? WD_VERDICT_DENIED : WD_VERDICT_REPORTED);
	return answer == WD_DENY ? -EPERM : 0;
}

typedef bool (*place_fn)(struct wd_place *place, const struct dentry *dentry);

static int judge_dentry(struct wd_ctx *ctx, place_fn where, const struct dentry *dentry)
{
	int err = 0;

	rcu_read_lock();
	if (where(&ctx->at, dentry))
		err = judge(ctx);
	rcu_read_unlock();
	return err;
}

static int judge_two(struct wd_ctx *ctx, place_fn where, const struct dentry *from,
		     place_fn where_to, const struct dentry *to)
{
	int err = 0;
	bool any;

	ctx->two_ends = true;
	rcu_read_lock();
	any = where(&ctx->at, from);
	any |= where_to(&ctx->to, to);
	if (any)
		err = judge(ctx);
	rcu_read_unlock();
	return err;
}

static int judge_file(struct wd_ctx *ctx, const struct file *file)
{
	bool device;
	int err = 0;

	ctx->at_aim = WD_AIM_OBJECT;
	rcu_read_lock();
	if (wd_place_file(&ctx->at, file, &device)) {
		if (device) {
			ctx->op = WD_OP_DEVICE;
			ctx->at_aim = WD_AIM_FIXED;
		}
		err = judge(ctx);
	}
	rcu_read_unlock();
	return err;
}

/* About the module or the agent, not about a root: the default mode counts, or the seal. */
static int judge_self(struct wd_ctx *ctx)
{
	int err;

	ctx->at.mode = wd_sealed() ? WD_MODE_ENFORCE : wd_policy_mode();
	rcu_read_lock();
	err = judge(ctx);
	rcu_read_unlock();
	return err;
}

int wd_refuse(const struct wd_ctx *ctx)
{
	rcu_read_lock();
	wd_report(ctx, WD_VERDICT_DENIED);
	rcu_read_unlock();
	return -EPERM;
}

/* ---- DETAIL ---- */

static int detail_open(const struct wd_ctx *ctx, char *buf, size_t size)
{
	static const char *const access[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
	unsigned long flags = ctx->arg[0];

	return scnprintf(buf, size, "flags=%s%s%s%s", access[flags & O_ACCMODE],
			 flags & O_TRUNC ? "|O_TRUNC" : "", flags & O_APPEND ? "|O_APPEND" : "",
			 (flags & __O_TMPFILE) == __O_TMPFILE ? "|O_TMPFILE" : "");
}

static int detail_mode(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "mode=%04lo", ctx->arg[0] & 07777);
}

static int detail_node(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "mode=%06lo dev=%u:%u", ctx->arg[0], MAJOR((dev_t)ctx->arg[1]),
			 MINOR((dev_t)ctx->arg[1]));
}

static int detail_target(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "target=%s", (const char *)ctx->arg[0]);
}

static int detail_xattr(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "xattr=%s", (const char *)ctx->arg[0]);
}

static int detail_ioctl(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "cmd=0x%08lx", ctx->arg[0]);
}

static int detail_mount(const struct wd_ctx *ctx, char *buf, size_t size)
{
	const char *dev = (const char *)ctx->arg[0];

	return scnprintf(buf, size, "dev=%s flags=0x%lx", dev ?: "none", ctx->arg[1]);
}

static int detail_flags(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "flags=0x%lx", ctx->arg[0]);
}

static int detail_signal(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "signal=%lu", ctx->arg[0]);
}

int wd_detail_text(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "%s%s", (const char *)ctx->arg[0],
			 ctx->arg[1] ? (const char *)ctx->arg[1] : "");
}

static int detail_setattr(const struct wd_ctx *ctx, char *buf, size_t size)
{
	const struct iattr *attr = (const struct iattr *)ctx->arg[0];

	switch (ctx->op) {
	case WD_OP_TRUNCATE:
		return scnprintf(buf, size, "size=%lld", attr->ia_size);
	case WD_OP_CHMOD:
		return scnprintf(buf, size, "mode=%04o", attr->ia_mode & 07777);
	case WD_OP_CHOWN:
		return scnprintf(buf, size, "uid=%d gid=%d",
				 attr->ia_valid & ATTR_UID ? (int)__kuid_val(attr->ia_uid) : -1,
				 attr->ia_valid & ATTR_GID ? (int)__kgid_val(attr->ia_gid) : -1);
	default:
		return attr->ia_valid & ATTR_MTIME_SET
			       ? scnprintf(buf, size, "mtime=%lld", (s64)attr->ia_mtime.tv_sec)
			       : 0;
	}
}

/* ---- open files ---- */

/* O_TRUNC empties the file even when it is opened for reading. */
static inline bool opens_for_change(const struct file *file)
{
	return (file->f_mode & FMODE_WRITE) || (file->f_flags & O_TRUNC);
}

/* Asked before a context is made, which costs more than the answer; as does rcu_read_lock(). */
static inline bool is_elsewhere(const struct file *file)
{
	bool may;

	rcu_read_lock_sched();
	may = wd_place_may_guard(file);
	rcu_read_unlock_sched();
	return !may;
}

/* The disk below the agent's program files: read again, they would be other files. */
static bool is_below_code(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISBLK(inode->i_mode) && wd_sealed() && wd_code_on(inode->i_rdev);
}

static noinline int judge_below_code(const struct file *file)
{
	struct wd_ctx ctx = {.op = WD_OP_DEVICE, .detail = detail_open, .arg = {file->f_flags}};

	return wd_refuse(&ctx);
}

static noinline int judge_open(const struct file *file)
{
	struct wd_ctx ctx = {.op = WD_OP_OPEN, .detail = detail_open, .arg = {file->f_flags}};

	if (unlikely(is_below_code(file)))
		return judge_below_code(file);
	if ((file->f_flags & __O_TMPFILE) == __O_TMPFILE)
		ctx.op = WD_OP_CREATE; /* no other hook sees it */
	else if (file->f_mode & FMODE_CREATED)
		return 0; /* judged by inode_create a moment ago */
	return judge_file(&ctx, file);
}

/* Reading is what a web server does all day. */
static inline int check_file_open(const wd_regs *regs)
{
	const struct file *file = (const struct file *)wd_arg(regs, 0);

	return likely(!opens_for_change(file) || is_elsewhere(file)) ? 0 : judge_open(file);
}

WD_HOOK_DIRECT(direct_file_open, check_file_open)

/*
 * A mapping of an overlay's file, and what is done through it, is of the file below. Where the
 * name in the overlay is a root's the answer is final; what the overlay does below was judged.
 */
static noinline bool is_judged_above(enum wd_op op, const struct dentry *name, int *err)
{
	struct wd_ctx ctx = {.op = op, .at_aim = WD_AIM_OBJECT};
	bool known;

	rcu_read_lock();
	known = wd_layer_is_any_own(wd_roots());
	if (!known) {
		known = wd_place_object(&ctx.at, name);
		*err = known ? judge(&ctx) : 0;
	}
	rcu_read_unlock();
	return known;
}

static noinline int judge_plain(enum wd_op op, const struct file *file)
{
	struct wd_ctx ctx = {.op = op};
	const struct dentry *name = wd_user_dentry(file);
	int err = 0;

	if (unlikely(READ_ONCE(name->d_inode) != file_inode(file)) &&
	    is_judged_above(op, name, &err))
		return err;
	return is_elsewhere(file) ? 0 : judge_file(&ctx, file);
}

static int check_file_permission(const wd_regs *regs)
{
	const struct file *file = (const struct file *)wd_arg(regs, 0);

	return likely(!(wd_arg(regs, 1) & MAY_WRITE)) ? 0 : judge_plain(WD_OP_WRITE, file);
}

/* Code from a file that was not there when the agent was sealed, see code.h. */
static noinline int judge_foreign_code(const struct file *file)
{
	struct wd_ctx ctx = {
		.op = WD_OP_PTRACE,
		.detail = wd_detail_text,
		.arg = {(unsigned long)"code=", (unsigned long)file->f_path.dentry->d_name.name}};

	if (!wd_agent_is_kin(current) || wd_code_has(file_inode(file)))
		return 0;
	return wd_refuse(&ctx);
}

/*
 * A block device that was opened before arming: writing it is judged always, for
 * reading it is not in the way. Filling it with holes comes by a function of its own.
 */
static int check_blkdev_write(const wd_regs *regs)
{
	const struct kiocb *iocb = (const struct kiocb *)wd_arg(regs, 0);

	return judge_plain(WD_OP_DEVICE, iocb->ki_filp);
}

static int check_blkdev_fallocate(const wd_regs *regs)
{
	return judge_plain(WD_OP_DEVICE, (const struct file *)wd_arg(regs, 0));
}

/* The holder of a disk that was opened by its file is that file, until 6.4: it was judged. */
static bool is_opened_file(const void *holder, dev_t dev)
{
	const struct file *file = holder;
	struct inode *inode;
	dev_t rdev;

	return holder && !get_kernel_nofault(inode, &file->f_inode) && inode &&
	       !get_kernel_nofault(rdev, &inode->i_rdev) && rdev == dev;
}

/*
 * Who opens a disk inside the kernel asks no hook: an NVMe target that exports it, a device
 * mapper's table beside the one that the tree lies on, another btrfs that takes it.
 */
static int check_blkdev_get(const wd_regs *regs)
{
	const void *holder = (const void *)wd_arg(regs, 2);
	struct wd_ctx ctx = {.op = WD_OP_DEVICE, .at_aim = WD_AIM_FIXED};
	dev_t dev = wd_arg(regs, 0);
	int err = 0;

	if (!(wd_arg(regs, 1) & (__force unsigned int)FMODE_WRITE) || is_opened_file(holder, dev))
		return 0;
	rcu_read_lock();
	if (wd_place_device(&ctx.at, dev, holder))
		err = judge(&ctx);
	rcu_read_unlock();
	return err;
}

/*
 * Another table for the volume itself. It is refused before it is loaded: refusing to put it
 * to work would leave the volume standing still.
 */
static int check_dm_table_create(const wd_regs *regs)
{
	struct mapped_device *md = (struct mapped_device *)wd_arg(regs, 3);
	struct wd_ctx ctx = {.op = WD_OP_DEVICE, .at_aim = WD_AIM_FIXED};
	dev_t dev = md ? wd_mapper_dev(md) : 0;
	int err = 0;

	rcu_read_lock();
	if (dev && wd_place_device(&ctx.at, dev, NULL))
		err = judge(&ctx);
	rcu_read_unlock();
	return err;
}

/* An array or volume group that a tree lies on takes one more disk: that is below too then. */
static int check_link_holder(const wd_regs *regs)
{
	const struct block_device *part = (const struct block_device *)wd_arg(regs, 0);
	struct gendisk *disk = (struct gendisk *)wd_arg(regs, 1);

	rcu_read_lock();
	wd_place_grow(disk_devt(disk), part->bd_dev);
	rcu_read_unlock();
	return 0;
}

static int check_mmap_file(const wd_regs *regs)
{
	const struct file *file = (const struct file *)wd_arg(regs, 0);
	unsigned long prot = wd_arg(regs, 1), flags = wd_arg(regs, 2);

	if (file && (prot & PROT_EXEC) && unlikely(wd_sealed()) && judge_foreign_code(file))
		return -EPERM;
	if (!file || !(prot & PROT_WRITE) || (flags & MAP_TYPE) == MAP_PRIVATE)
		return 0;
	return judge_plain(WD_OP_MMAP, file);
}

static int check_file_mprotect(const wd_regs *regs)
{
	const struct vm_area_struct *vma = (const struct vm_area_struct *)wd_arg(regs, 0);
	unsigned long prot = wd_arg(regs, 2);

	if (!vma->vm_file || !(prot & PROT_WRITE) || !(vma->vm_flags & VM_SHARED))
		return 0;
	return judge_plain(WD_OP_MMAP, vma->vm_file);
}

#ifdef WD_HAVE_URING_CMD
/* Discarding blocks, raw commands to a disk: by no ioctl. */
static int check_uring_cmd(const wd_regs *regs)
{
	const struct io_uring_cmd *cmd = (const struct io_uring_cmd *)wd_arg(regs, 0);

	return judge_plain(WD_OP_DEVICE, cmd->file);
}
#endif

static enum wd_reach reach_of(const struct file *file, unsigned int cmd)
{
	umode_t mode = file_inode(file)->i_mode;

	if (S_ISREG(mode) || S_ISDIR(mode))
		return wd_ioctl_on_file(cmd);
	if (S_ISBLK(mode))
		return wd_ioctl_on_device(cmd);
	return S_ISCHR(mode) && wd_root_char_devices() ? wd_ioctl_on_device(cmd) : WD_REACH_NOTHING;
}

static bool place_sb_of(struct wd_place *place, const struct dentry *dentry)
{
	return wd_place_sb(place, dentry->d_sb);
}

static int check_file_ioctl(const wd_regs *regs)
{
	const struct file *file = (const struct file *)wd_arg(regs, 0);
	unsigned int cmd = wd_arg(regs, 1);
	struct wd_ctx ctx = {.op = WD_OP_IOCTL, .detail = detail_ioctl, .arg = {cmd}};

	enum wd_reach reach = reach_of(file, cmd);

	/* The other file must be open for writing: only one from before arming can be a root's. */
	if (reach == WD_REACH_OTHERS)
		reach = wd_arm_dirty() ? WD_REACH_ALL : WD_REACH_ITSELF;
	switch (reach) {
	case WD_REACH_OTHERS:
	case WD_REACH_NOTHING:
		return 0;
	case WD_REACH_ITSELF:
		return judge_file(&ctx, file);
	case WD_REACH_BELOW:
		return judge_dentry(&ctx, wd_place_dir, file->f_path.dentry);
	case WD_REACH_ALL:
		return judge_dentry(&ctx, place_sb_of, file->f_path.dentry);
	}
	return 0;
}

/* A quota file is written by the kernel itself from then on. */
static int check_quota_on(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_OPEN,
			     .at_aim = WD_AIM_OBJECT,
			     .detail = wd_detail_text,
			     .arg = {(unsigned long)"quota file"}};

	return judge_dentry(&ctx, wd_place_object, (const struct dentry *)wd_arg(regs, 0));
}

/* ---- names: what changes a directory ---- */

static int check_inode_create(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_CREATE,
			     .at_aim = WD_AIM_NAME,
			     .at_type = S_IFREG,
			     .detail = detail_mode,
			     .arg = {wd_arg(regs, 2)}};

	return judge_dentry(&ctx, wd_place_name, (const struct dentry *)wd_arg(regs, 1));
}

static int check_inode_unlink(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_UNLINK, .at_aim = WD_AIM_NAME};

	/* A symbolic link may be above a root as well. */
	return judge_dentry(&ctx, wd_place_dir, (const struct dentry *)wd_arg(regs, 1));
}

static int check_inode_symlink(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_SYMLINK,
			     .at_aim = WD_AIM_NAME,
			     .at_type = S_IFLNK,
			     .detail = detail_target,
			     .arg = {wd_arg(regs, 2)}};

	return judge_dentry(&ctx, wd_place_name, (const struct dentry *)wd_arg(regs, 1));
}

static int check_inode_mkdir(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_MKDIR,
			     .at_aim = WD_AIM_NAME,
			     .at_type = S_IFDIR,
			     .detail = detail_mode,
			     .arg = {wd_arg(regs, 2)}};

	return judge_dentry(&ctx, wd_place_name, (const struct dentry *)wd_arg(regs, 1));
}

/* A mount point that is removed in one mount namespace is unmounted in all others. */
static int check_inode_rmdir(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_RMDIR, .at_aim = WD_AIM_NAME};

	return judge_dentry(&ctx, wd_place_dir, (const struct dentry *)wd_arg(regs, 1));
}

static int check_inode_mknod(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_MKNOD,
			     .at_aim = WD_AIM_NAME,
			     .at_type = (wd_arg(regs, 2) & S_IFMT) ?: S_IFREG,
			     .detail = detail_node,
			     .arg = {wd_arg(regs, 2), wd_arg(regs, 3)}};

	return judge_dentry(&ctx, wd_place_name, (const struct dentry *)wd_arg(regs, 1));
}

static umode_t type_of(const struct dentry *dentry)
{
	const struct inode *inode = READ_ONCE(dentry->d_inode);

	return inode ? inode->i_mode & S_IFMT : 0;
}

static int check_inode_rename(const wd_regs *regs)
{
	const struct dentry *from = (const struct dentry *)wd_arg(regs, 1);
	const struct dentry *to = (const struct dentry *)wd_arg(regs, 3);
	unsigned int flags = wd_arg(regs, 4);
	struct wd_ctx ctx = {.op = WD_OP_RENAME,
			     .at_aim = WD_AIM_NAME,
			     .to_aim = WD_AIM_NAME,
			     .to_type = type_of(from)};

	if (flags & RENAME_EXCHANGE)
		ctx.at_type = type_of(to);
	else if (flags & RENAME_WHITEOUT)
		ctx.at_type = S_IFCHR;
	if (flags) {
		ctx.detail = detail_flags;
		ctx.arg[0] = flags;
	}
	return judge_two(&ctx, wd_place_dir, from, wd_place_dir, to);
}

/* Also out of the tree: the new name would be one more to write through. */
static int check_inode_link(const wd_regs *regs)
{
	const struct dentry *old = (const struct dentry *)wd_arg(regs, 0);
	struct wd_ctx ctx = {.op = WD_OP_LINK,
			     .at_aim = WD_AIM_OBJECT,
			     .to_aim = WD_AIM_NAME,
			     .to_type = type_of(old)};

	return judge_two(&ctx, wd_place_object, old, wd_place_name,
			 (const struct dentry *)wd_arg(regs, 2));
}

/* ---- objects: what changes an inode ---- */

static enum wd_op setattr_op(unsigned int valid)
{
	if (valid & ATTR_SIZE)
		return WD_OP_TRUNCATE;
	if (valid & (ATTR_UID | ATTR_GID))
		return WD_OP_CHOWN;
	if (valid & ATTR_MODE)
		return WD_OP_CHMOD;
	return WD_OP_UTIMES;
}

/* Setting what is set already takes the tree from nobody's sight: packages do it. */
static bool changes_sight(const struct dentry *dentry, const struct iattr *attr)
{
	const struct inode *inode = READ_ONCE(dentry->d_inode);

	return ((attr->ia_valid & ATTR_MODE) && ((attr->ia_mode ^ inode->i_mode) & 07777)) ||
	       ((attr->ia_valid & ATTR_UID) && !uid_eq(attr->ia_uid, inode->i_uid)) ||
	       ((attr->ia_valid & ATTR_GID) && !gid_eq(attr->ia_gid, inode->i_gid));
}

static int check_inode_setattr(const wd_regs *regs)
{
	const struct dentry *dentry = (const struct dentry *)wd_arg(regs, WD_SETATTR_DENTRY);
	const struct iattr *attr = (const struct iattr *)wd_arg(regs, WD_SETATTR_DENTRY + 1);
	struct wd_ctx ctx = {.op = setattr_op(attr->ia_valid),
			     .at_aim = WD_AIM_OBJECT,
			     .detail = detail_setattr,
			     .arg = {(unsigned long)attr}};

	/* O_TRUNC was judged at open, unless that is switched off. */
	if ((attr->ia_valid & ATTR_OPEN) && wd_policy_op(WD_OP_OPEN))
		return 0;
	return judge_dentry(&ctx, changes_sight(dentry, attr) ? wd_place_visible : wd_place_object,
			    dentry);
}

static bool is_acl(const char *name)
{
	return strstarts(name, "system.posix_acl_");
}

static int judge_xattr(const wd_regs *regs, unsigned long dentry, unsigned long name, enum wd_op op)
{
	struct wd_ctx ctx = {.op = is_acl((const char *)name) ? WD_OP_ACL : op,
			     .at_aim = WD_AIM_OBJECT,
			     .detail = detail_xattr,
			     .arg = {name}};

	/* Labels and access lists of a directory above hide the tree as its mode would. */
	if (ctx.op == WD_OP_ACL || strstarts((const char *)name, XATTR_SECURITY_PREFIX))
		return judge_dentry(&ctx, wd_place_visible, (const struct dentry *)dentry);
	return judge_dentry(&ctx, wd_place_object, (const struct dentry *)dentry);
}

static int check_inode_setxattr(const wd_regs *regs)
{
	return judge_xattr(regs, wd_arg(regs, WD_SETXATTR_DENTRY),
			   wd_arg(regs, WD_SETXATTR_DENTRY + 1), WD_OP_SETXATTR);
}

static int check_inode_removexattr(const wd_regs *regs)
{
	return judge_xattr(regs, wd_arg(regs, WD_SETXATTR_DENTRY),
			   wd_arg(regs, WD_SETXATTR_DENTRY + 1), WD_OP_REMOVEXATTR);
}

static int check_inode_acl(const wd_regs *regs)
{
	return judge_xattr(regs, wd_arg(regs, 1), wd_arg(regs, 2), WD_OP_ACL);
}

/* Servers in the kernel (nfsd, ksmbd) set access lists without asking; others were asked. */
static int check_set_posix_acl(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_ACL, .at_aim = WD_AIM_OBJECT};
	int err = 0;

	if (!(current->flags & PF_KTHREAD))
		return 0;
	rcu_read_lock();
	if (wd_place_visible_inode(&ctx.at, wd_acl_inode(regs)))
		err = judge(&ctx);
	rcu_read_unlock();
	return err;
}

static int check_inode_file_setattr(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_IOCTL, .at_aim = WD_AIM_OBJECT};

	return judge_dentry(&ctx, wd_place_object, (const struct dentry *)wd_arg(regs, 0));
}

/* ---- mounts ---- */

/* The kernel decides in this order: MS_BIND counts even with propagation flags. */
static bool only_changes_flags(unsigned long flags)
{
	if (flags & MS_REMOUNT)
		return true;
	if (flags & MS_BIND)
		return false;
	return flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE);
}

/* The source of mount --move is a string that cannot be resolved here: none may be moved. */
static bool place_moved(struct wd_place *place, unsigned long flags)
{
	return (flags & (MS_MOVE | MS_BIND)) == MS_MOVE &&
	       wd_place_namespace(place, current->nsproxy->mnt_ns);
}

/* Options that take access lists or attributes out of sight, of the whole file system. */
static bool hides_attributes(const char *option, size_t len)
{
	return (len == strlen("noacl") && !strncmp(option, "noacl", len)) ||
	       (len == strlen("nouser_xattr") && !strncmp(option, "nouser_xattr", len));
}

static int judge_remount(const struct dentry *dentry, const char *option)
{
	struct wd_ctx ctx = {.op = WD_OP_MOUNT,
			     .at_aim = WD_AIM_FIXED,
			     .detail = wd_detail_text,
			     .arg = {(unsigned long)"remount ", (unsigned long)option}};

	return judge_dentry(&ctx, place_sb_of, dentry);
}

/* A file system of the old kind gets its options as one string (btrfs until 6.7). */
static int judge_old_remount(const struct dentry *dentry, const char *options)
{
	if (dentry->d_sb->s_type->init_fs_context)
		return 0;
	while (options && *options) {
		size_t len = strcspn(options, ",");

		if (hides_attributes(options, len))
			return judge_remount(dentry, options);
		options += len + !!options[len];
	}
	return 0;
}

static int check_sb_mount(const wd_regs *regs)
{
	const struct path *path = (const struct path *)wd_arg(regs, 1);
	unsigned long flags = wd_arg(regs, 3);
	struct wd_ctx ctx = {
		.op = WD_OP_MOUNT, .detail = detail_mount, .arg = {wd_arg(regs, 0), flags}};
	int err = 0;

	if (flags & MS_REMOUNT && !(flags & MS_BIND))
		return judge_old_remount(path->dentry, (const char *)wd_arg(regs, 4));
	if (only_changes_flags(flags))
		return 0;
	rcu_read_lock();
	if ((wd_place_dir(&ctx.at, path->dentry) || place_moved(&ctx.at, flags)) &&
	    !wd_mount_is_own(path->mnt))
		err = judge(&ctx);
	rcu_read_unlock();
	return err;
}

static int check_fs_context_param(const wd_regs *regs)
{
	const struct fs_context *fc = (const struct fs_context *)wd_arg(regs, 0);
	const struct fs_parameter *param = (const struct fs_parameter *)wd_arg(regs, 1);

	if (fc->purpose != FS_CONTEXT_FOR_RECONFIGURE || !fc->root || !param->key ||
	    !hides_attributes(param->key, strlen(param->key)))
		return 0;
	return judge_remount(fc->root, param->key);
}

static int check_move_mount(const wd_regs *regs)
{
	const struct path *from = (const struct path *)wd_arg(regs, 0);
	const struct path *to = (const struct path *)wd_arg(regs, 1);
	struct wd_ctx ctx = {.op = WD_OP_MOUNT};
	int err = 0;

	rcu_read_lock();
	if ((wd_place_dir(&ctx.at, to->dentry) && !wd_mount_is_own(to->mnt)) ||
	    wd_place_mount(&ctx.at, from->mnt))
		err = judge(&ctx);
	rcu_read_unlock();
	return err;
}

/*
 * Both calls end here, with paths: also the old one, whose source is a string. A copy in
 * another mount namespace is what a service there sees.
 */
static int check_do_move_mount(const wd_regs *regs)
{
	const struct path *from = (const struct path *)wd_arg(regs, 0);
	struct wd_ctx ctx = {.op = WD_OP_MOUNT};
	int err = 0;

	rcu_read_lock();
	if (wd_place_umount(&ctx.at, from->mnt, false))
		err = judge(&ctx);
	rcu_read_unlock();
	return err;
}

static int judge_mount(struct wd_ctx *ctx, const struct vfsmount *mnt)
{
	int err = 0;

	rcu_read_lock();
	if (wd_place_mount(&ctx->at, mnt))
		err = judge(ctx);
	rcu_read_unlock();
	return err;
}

/*
 * At shutdown the unmounting fails as it would for any busy file system, and the
 * remount read-only that every init falls back to is let happen.
 */
static int check_sb_umount(const wd_regs *regs)
{
	const struct vfsmount *mnt = (const struct vfsmount *)wd_arg(regs, 0);
	int flags = wd_arg(regs, 1), err = 0;
	struct wd_ctx ctx = {.op = WD_OP_UMOUNT, .detail = detail_flags, .arg = {flags}};

	rcu_read_lock();
	if (wd_place_umount(&ctx.at, mnt, flags & MNT_DETACH))
		err = judge(&ctx);
	rcu_read_unlock();
	return err;
}

/* It moves the mount that is the root directory of current, which is no argument. */
static int check_sb_pivotroot(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_MOUNT};

	return judge_mount(&ctx, current->fs->root.mnt);
}

/* ---- the agent and the module ---- */

static int check_ptrace_access(const wd_regs *regs)
{
	const struct task_struct *child = (const struct task_struct *)wd_arg(regs, 0);
	struct wd_ctx ctx = {.op = WD_OP_PTRACE};

	if (!(wd_arg(regs, 1) & PTRACE_MODE_ATTACH) || !wd_agent_is_kin(child))
		return 0;
	return judge_self(&ctx);
}

static bool is_harmless(int sig)
{
	return !sig || sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

static int check_task_kill(const wd_regs *regs)
{
	const struct task_struct *target = (const struct task_struct *)wd_arg(regs, 0);
	int sig = wd_arg(regs, 2);
	struct wd_ctx ctx = {.op = WD_OP_KILL, .detail = detail_signal, .arg = {sig}};

	if (!wd_agent_is_kin(target) || wd_agent_is_kin(current) || is_harmless(sig))
		return 0;
	if ((const void *)wd_arg(regs, 1) == SEND_SIG_PRIV)
		return 0; /* the kernel itself */
	return judge_self(&ctx);
}

/*
 * Which module is to go is a string in user memory that the caller can change
 * after we have looked: while ours must stay, none may be removed.
 */
static int check_delete_module(const wd_regs *regs)
{
	struct wd_ctx ctx = {.op = WD_OP_UNLOAD};

	return judge_self(&ctx);
}

/* ---- refused commands ---- */

void wd_hooks_seal_refused(const char *what)
{
	struct wd_ctx ctx = {.op = WD_OP_POLICY,
			     .detail = wd_detail_text,
			     .arg = {(unsigned long)"sealed: ", (unsigned long)what}};

	wd_refuse(&ctx);
}

void wd_hooks_seal_told(const char *what)
{
	struct wd_ctx ctx = {
		.op = WD_OP_POLICY, .detail = wd_detail_text, .arg = {(unsigned long)what}};

	rcu_read_lock();
	wd_report(&ctx, WD_VERDICT_REPORTED);
	rcu_read_unlock();
}

/* Anybody may try, as often as he likes: that must not fill the queue. */
void wd_hooks_policy_refused(void)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 10);
	struct wd_ctx ctx = {.op = WD_OP_POLICY};

	ratelimit_set_flags(&limit, RATELIMIT_MSG_ON_RELEASE);
	if (!wd_policy_op(WD_OP_POLICY) || !__ratelimit(&limit))
		return;
	rcu_read_lock();
	wd_report(&ctx, WD_VERDICT_DENIED);
	rcu_read_unlock();
}

/* ---- all of them ---- */

static struct wd_hook hooks[] = {
	/* First, so that wd_hooks_write() finds it. */
	{"security_file_permission", check_file_permission, WD_HOOK_ON_DEMAND},
	/* Second, for wd_hooks_permission(). */
	{"security_inode_permission", wd_check_inode_permission, WD_HOOK_ON_DEMAND},
	{"security_dentry_create_files_as", wd_check_create_files_as, WD_HOOK_OPTIONAL},
	{"security_file_open", .direct = direct_file_open},
	{"blkdev_write_iter", check_blkdev_write, WD_HOOK_OPTIONAL},
	{"blkdev_fallocate", check_blkdev_fallocate, WD_HOOK_OPTIONAL},
	{WD_BLKDEV_GET ".part.0", check_blkdev_get, WD_HOOK_OPTIONAL},
	{WD_BLKDEV_GET, check_blkdev_get, WD_HOOK_OPTIONAL | WD_HOOK_SPARE},
	{"dm_table_create", check_dm_table_create, WD_HOOK_OPTIONAL},
	{"bd_link_disk_holder", check_link_holder, WD_HOOK_OPTIONAL},
	{"security_mmap_file", check_mmap_file},
	{"security_file_mprotect", check_file_mprotect},
	{"security_file_ioctl", check_file_ioctl},
	{"security_file_ioctl_compat", check_file_ioctl, WD_HOOK_OPTIONAL},
#ifdef WD_HAVE_URING_CMD
	{"security_uring_cmd", check_uring_cmd, WD_HOOK_OPTIONAL},
#endif
	{"security_quota_on", check_quota_on, WD_HOOK_OPTIONAL},
	{"security_inode_create", check_inode_create},
	{"security_inode_unlink", check_inode_unlink},
	{"security_inode_symlink", check_inode_symlink},
	{"security_inode_mkdir", check_inode_mkdir},
	{"security_inode_rmdir", check_inode_rmdir},
	{"security_inode_mknod", check_inode_mknod},
	{"security_inode_rename", check_inode_rename},
	{"security_inode_link", check_inode_link},
	{"security_inode_setattr", check_inode_setattr},
	{"security_inode_setxattr", check_inode_setxattr},
	{"security_inode_removexattr", check_inode_removexattr},
	{"security_inode_set_acl", check_inode_acl, WD_HOOK_OPTIONAL},
	{"security_inode_remove_acl", check_inode_acl, WD_HOOK_OPTIONAL},
	{"set_posix_acl", check_set_posix_acl, WD_HOOK_OPTIONAL},
	{"security_inode_file_setattr", check_inode_file_setattr, WD_HOOK_OPTIONAL},
	{"security_sb_mount", check_sb_mount},
	{"security_fs_context_parse_param", check_fs_context_param, WD_HOOK_OPTIONAL},
	{"security_move_mount", check_move_mount},
	{"do_move_mount", check_do_move_mount, WD_HOOK_OPTIONAL},
	{"security_sb_umount", check_sb_umount},
	{"security_sb_pivotroot", check_sb_pivotroot},
	{"security_ptrace_access_check", check_ptrace_access},
	{"security_task_kill", check_task_kill},
	{"security_kernel_read_file", wd_check_kernel_read_file},
	{"security_kernel_load_data", wd_check_kernel_load_data},
	{"security_locked_down", wd_check_locked_down},
	{"security_bpf", wd_check_bpf, WD_HOOK_OPTIONAL},
	{"write_sysrq_trigger", wd_check_sysrq, WD_HOOK_OPTIONAL},
	{"__x64_sys_delete_module", check_delete_module, WD_HOOK_OPTIONAL},
	{"__ia32_sys_delete_module", check_delete_module, WD_HOOK_OPTIONAL},
};

int wd_hooks_attach(void)
{
	return wd_attach(hooks, ARRAY_SIZE(hooks));
}

const struct wd_hook *wd_hooks_write(void)
{
	return &hooks[0];
}

const struct wd_hook *wd_hooks_permission(void)
{
	return &hooks[1];
}
