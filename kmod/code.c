// SPDX-License-Identifier: GPL-2.0-only
/* code.c - the program files that the agent runs from, kept as they are while sealed */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "code.h"
#include "limits.h"

/*
 * Written under seal.c's lock, read by hooks at any time. Hooks compare addresses
 * and numbers only, so a slot that is just being emptied does no harm: an inode is
 * let go of after its address has been taken away.
 */
static struct {
	struct file *file;
	const struct inode *inode;
	dev_t part, disk;
} codes[WD_CODE_MAX];
static unsigned int nr_codes;

bool wd_code_has(const struct inode *inode)
{
	unsigned int i;

	for (i = 0; i < WD_CODE_MAX; i++)
		if (READ_ONCE(codes[i].inode) == inode)
			return true;
	return false;
}

bool wd_code_on(dev_t dev)
{
	unsigned int i;

	for (i = 0; dev && i < WD_CODE_MAX; i++)
		if (READ_ONCE(codes[i].part) == dev || READ_ONCE(codes[i].disk) == dev)
			return true;
	return false;
}

static int pin(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct block_device *bdev = inode->i_sb->s_bdev;
	int err;

	if (wd_code_has(inode))
		return 0;
	if (nr_codes == WD_CODE_MAX)
		return -E2BIG;
	err = deny_write_access(file);
	if (err)
		return err;
	codes[nr_codes].file = get_file(file);
	WRITE_ONCE(codes[nr_codes].inode, inode);
	if (bdev) {
		WRITE_ONCE(codes[nr_codes].part, bdev->bd_dev);
		WRITE_ONCE(codes[nr_codes].disk, disk_devt(bdev->bd_disk));
	}
	nr_codes++;
	return 0;
}

int wd_code_pin(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	int err = 0;

	if (!mmget_not_zero(mm))
		return -ESRCH;
	mmap_read_lock(mm);
	for (vma = find_vma(mm, 0); vma && !err; vma = find_vma(mm, vma->vm_end))
		if ((vma->vm_flags & VM_EXEC) && vma->vm_file)
			err = pin(vma->vm_file);
	mmap_read_unlock(mm);
	mmput(mm);
	return err;
}

void wd_code_unpin(void)
{
	while (nr_codes) {
		struct file *file = codes[--nr_codes].file;

		WRITE_ONCE(codes[nr_codes].inode, NULL);
		WRITE_ONCE(codes[nr_codes].part, 0);
		WRITE_ONCE(codes[nr_codes].disk, 0);
		codes[nr_codes].file = NULL;
		allow_write_access(file);
		fput(file);
	}
}
