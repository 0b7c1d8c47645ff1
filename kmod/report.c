// SPDX-License-Identifier: GPL-2.0-only
/* report.c - events: numbered where they happen, delivered a moment later */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/kdev_t.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "fold.h"
#include "netlink.h"
#include "report.h"
#include "root.h"
#include "text.h"

/*
 * Raw, because a hook may run with preemption disabled also on PREEMPT_RT. Held
 * while a record is composed, so that the queue's order is that of the numbers.
 * Nothing is taken inside.
 */
static DEFINE_RAW_SPINLOCK(queue_lock);

static struct {
	char *data;
	unsigned long head; /* written under queue_lock */
	unsigned long tail; /* written by the worker, of which there is one */

	/* Where texts are composed; under queue_lock. */
	char path[WD_PATH_MAX];
	char path2[WD_PATH_MAX];
	char detail[WD_DETAIL_MAX];
} queue;

static atomic64_t stats[WD_STAT_NR];
static u8 boot_id[16];

static void deliver(struct work_struct *work);
static void unfold(struct work_struct *work);
static void wake(struct irq_work *work);

static struct workqueue_struct *workqueue;
static DECLARE_WORK(deliver_work, deliver);
static DECLARE_DELAYED_WORK(unfold_work, unfold);
static bool folding; /* set at load */
static struct irq_work wake_work;
static bool stopped; /* written while the worker is not running */

static u64 count(enum wd_stat stat)
{
	return atomic64_inc_return(&stats[stat]);
}

u64 wd_report_stat(enum wd_stat stat)
{
	return atomic64_read(&stats[stat]);
}

const u8 *wd_report_boot_id(void)
{
	return boot_id;
}

/* ---- the queue: records one after the other, none wraps around ---- */

static struct wd_record *record_at(unsigned long position)
{
	return (struct wd_record *)(queue.data + position % WD_QUEUE_BYTES);
}

/* Bytes between position and the end of the buffer. */
static unsigned long to_end(unsigned long position)
{
	return WD_QUEUE_BYTES - position % WD_QUEUE_BYTES;
}

static struct wd_record *reserve(u32 size, unsigned long *next)
{
	unsigned long used = queue.head - smp_load_acquire(&queue.tail);
	unsigned long skip = to_end(queue.head) < size ? to_end(queue.head) : 0;

	if (used + skip + size > WD_QUEUE_BYTES)
		return NULL;
	if (skip)
		record_at(queue.head)->size = 0;
	*next = queue.head + skip + size;
	return record_at(queue.head + skip);
}

static struct wd_record *first(void)
{
	unsigned long head = smp_load_acquire(&queue.head);

	if (queue.tail != head && !record_at(queue.tail)->size)
		smp_store_release(&queue.tail, queue.tail + to_end(queue.tail));
	return queue.tail == head ? NULL : record_at(queue.tail);
}

static void consume(struct wd_record *record)
{
	u32 size = record->size;

	if (record->exe)
		fput(record->exe);
	smp_store_release(&queue.tail, queue.tail + size);
}

/* ---- the hook's part ---- */

static void describe_actor(struct wd_record *record)
{
	record->pid = task_pid_nr(current);
	record->tgid = task_tgid_nr(current);
	record->uid = from_kuid(&init_user_ns, current_uid());
	record->euid = from_kuid(&init_user_ns, current_fsuid());
	record->loginuid = wd_loginuid();
	memcpy(record->comm, current->comm, sizeof(record->comm));
	record->comm[sizeof(record->comm) - 1] = '\0';
	if (current->flags & PF_KTHREAD)
		record->flags |= WD_F_KTHREAD;
	else
		record->exe = wd_get_exe();
#ifdef PF_IO_WORKER
	if (current->flags & PF_IO_WORKER)
		record->flags |= WD_F_KTHREAD;
#endif
}

static void describe_object(struct wd_record *record, const struct wd_place *place)
{
	const struct wd_root *root = place->root;
	const struct dentry *dentry = place->dentry ?: root->path.dentry;
	const struct inode *inode = READ_ONCE(dentry->d_inode);

	record->root = root->id;
	record->dev = new_encode_dev(dentry->d_sb->s_dev);
	record->ino = inode ? inode->i_ino : 0;
	record->flags |= place->flags;
}

struct texts {
	struct wd_text path, path2;
	size_t path_len, path2_len, detail_len; /* with NUL; 0 = absent */
};

static size_t text_len(const struct wd_text *text, const char *buf, size_t size)
{
	return buf + size - text->start;
}

/* On which file system, where the place in the root is only shown by an overlay. */
static size_t write_layer(const struct wd_ctx *ctx, char *buf, size_t size, const char *gap)
{
	const struct wd_place *place = wd_ctx_decisive(ctx);

	if (!(place->flags & WD_F_LAYER) || !place->dentry)
		return 0;
	return scnprintf(buf, size, "%slayer=%s", gap, place->dentry->d_sb->s_id);
}

/* DETAIL: what was asked for, and the name used if it is none of the root's. */
static size_t write_detail(const struct wd_ctx *ctx)
{
	size_t len = 0;

	if (ctx->detail)
		len = ctx->detail(ctx, queue.detail, sizeof(queue.detail));
	len += write_layer(ctx, queue.detail + len, sizeof(queue.detail) - len, len ? " " : "");
	if (ctx->at.via) {
		struct wd_text via;

		wd_text_init(&via, queue.path2, sizeof(queue.path2));
		wd_text_via(&via, &ctx->at);
		len += scnprintf(queue.detail + len, sizeof(queue.detail) - len, "%svia=%s",
				 len ? " " : "", via.start);
	}
	return len ? len + 1 : 0;
}

static void compose(struct texts *texts, const struct wd_ctx *ctx, const struct wd_root *root)
{
	texts->detail_len = write_detail(ctx);
	wd_text_init(&texts->path, queue.path, sizeof(queue.path));
	if (root)
		wd_text_place(&texts->path, &ctx->at, root);
	texts->path_len = text_len(&texts->path, queue.path, sizeof(queue.path));
	texts->path2_len = 0;
	if (!root || !ctx->two_ends)
		return;
	wd_text_init(&texts->path2, queue.path2, sizeof(queue.path2));
	wd_text_place(&texts->path2, &ctx->to, root);
	texts->path2_len = text_len(&texts->path2, queue.path2, sizeof(queue.path2));
}

static void fill(struct wd_record *record, u32 size, u64 seq, const struct wd_ctx *ctx,
		 const struct texts *texts)
{
	const struct wd_place *place = wd_ctx_decisive(ctx);
	char *text = record->text;

	memset(record, 0, sizeof(*record));
	record->size = size;
	record->seq = seq;
	record->op = ctx->op;
	record->time = ktime_get_real_ns();
	describe_actor(record);
	if (place->root)
		describe_object(record, place);
	if (texts->path.cut || (texts->path2_len && texts->path2.cut))
		record->flags |= WD_F_PATH_CUT;
	record->path_len = texts->path_len;
	record->path2_len = texts->path2_len;
	record->detail_len = texts->detail_len;
	memcpy(text, texts->path.start, texts->path_len);
	text += texts->path_len;
	if (texts->path2_len)
		memcpy(text, texts->path2.start, texts->path2_len);
	memcpy(text + texts->path2_len, queue.detail, texts->detail_len);
}

/* One that was held: its number is given now, so that the queue's order stays theirs. */
static void enqueue_held(struct wd_record *held)
{
	struct wd_record *record;
	unsigned long next;

	atomic64_add(held->repeat - 1, &stats[WD_STAT_FOLDED]);
	held->seq = count(WD_STAT_EVENTS);
	record = reserve(held->size, &next);
	if (!record) {
		count(WD_STAT_DROPPED);
		if (held->exe)
			fput(held->exe);
		return;
	}
	memcpy(record, held, held->size);
	smp_store_release(&queue.head, next);
}

static void hold(struct wd_fold_source *source, u32 size, const struct wd_ctx *ctx,
		 enum wd_verdict verdict, const struct texts *texts)
{
	struct wd_record *record = wd_fold_room(source);

	fill(record, size, 0, ctx, texts);
	record->verdict = verdict;
	wd_fold_held(source);
}

/* Under queue_lock. */
static void enqueue(const struct wd_ctx *ctx, enum wd_verdict verdict, struct wd_root *root)
{
	struct wd_fold_source *source =
		folding ? wd_fold_source(ctx, verdict, ktime_get_ns(), enqueue_held) : NULL;
	enum wd_fold how = source ? wd_fold_judge(source) : WD_FOLD_NOT;
	struct wd_record *record;
	unsigned long next;
	struct texts texts;
	u64 seq;
	u32 size;

	if (how == WD_FOLD_COUNT)
		return;
	compose(&texts, ctx, root);
	size = ALIGN(sizeof(*record) + texts.path_len + texts.path2_len + texts.detail_len, 8);
	if (how == WD_FOLD_HOLD && size <= WD_FOLD_BYTES) {
		hold(source, size, ctx, verdict, &texts);
		return;
	}
	seq = count(WD_STAT_EVENTS);
	record = reserve(size, &next);
	if (!record) {
		count(WD_STAT_DROPPED);
		return;
	}
	fill(record, size, seq, ctx, &texts);
	record->verdict = verdict;
	smp_store_release(&queue.head, next);
}

void wd_report(const struct wd_ctx *ctx, enum wd_verdict verdict)
{
	struct wd_root *root = wd_ctx_decisive(ctx)->root;
	bool denied = verdict == WD_VERDICT_DENIED;
	unsigned long flags;

	count(denied ? WD_STAT_DENIED : WD_STAT_REPORTED);
	if (root)
		atomic64_inc(denied ? &root->denied : &root->reported);
	raw_spin_lock_irqsave(&queue_lock, flags);
	enqueue(ctx, verdict, root);
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	irq_work_queue(&wake_work);
}

/* ---- the worker's part ---- */

static void wake(struct irq_work *work)
{
	queue_work(workqueue, &deliver_work);
}

static void send(const struct wd_record *record, char *buf)
{
	const char *exe = record->exe ? file_path(record->exe, buf, WD_PATH_MAX) : "";

	switch (wd_netlink_send(record, IS_ERR(exe) ? "" : exe)) {
	case 0:
		count(WD_STAT_DELIVERED);
		break;
	case -ESRCH:
		count(WD_STAT_UNHEARD);
		break;
	default:
		count(WD_STAT_DROPPED);
	}
}

static void deliver(struct work_struct *work)
{
	struct wd_record *record;
	char *buf = kmalloc(WD_PATH_MAX, GFP_KERNEL | __GFP_NOFAIL);

	while (!READ_ONCE(stopped) && (record = first())) {
		send(record, buf);
		consume(record);
		cond_resched();
	}
	kfree(buf);
	if (wd_fold_any() && !READ_ONCE(stopped))
		queue_delayed_work(workqueue, &unfold_work, msecs_to_jiffies(WD_FOLD_MS));
}

/* What was counted for long enough goes out, also if its source has fallen silent. */
static void unfold(struct work_struct *work)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&queue_lock, flags);
	wd_fold_flush(ktime_get_ns(), enqueue_held);
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	if (!READ_ONCE(stopped))
		queue_work(workqueue, &deliver_work);
}

void wd_report_forget(const struct wd_root *root)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&queue_lock, flags);
	wd_fold_forget(root, enqueue_held);
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	irq_work_queue(&wake_work);
}

int wd_report_init(bool fold)
{
	folding = fold;
	get_random_bytes(boot_id, sizeof(boot_id));
	init_irq_work(&wake_work, wake);
	queue.data = vzalloc(WD_QUEUE_BYTES);
	if (!queue.data)
		return -ENOMEM;
	/* Unbound: the hooks' CPU may be busy making the next events. */
	workqueue = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND | WQ_HIGHPRI, 1);
	if (!workqueue) {
		vfree(queue.data);
		return -ENOMEM;
	}
	return 0;
}

void wd_report_stop(void)
{
	WRITE_ONCE(stopped, true);
	irq_work_sync(&wake_work);
	cancel_delayed_work_sync(&unfold_work);
	cancel_work_sync(&deliver_work);
	cancel_delayed_work_sync(&unfold_work);
}

void wd_report_exit(void)
{
	struct wd_record *record;

	WRITE_ONCE(stopped, true);
	irq_work_sync(&wake_work);
	cancel_delayed_work_sync(&unfold_work);
	destroy_workqueue(workqueue);
	/* No hook runs any more, nobody else holds the lock. */
	wd_fold_forget(NULL, enqueue_held);
	while ((record = first()))
		consume(record);
	vfree(queue.data);
}
