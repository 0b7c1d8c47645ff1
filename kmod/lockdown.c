// SPDX-License-Identifier: GPL-2.0-only
/* lockdown.c - sealed: ways into the kernel, past us */
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/security.h>

#include "eval.h"
#include "hooks.h"
#include "lockdown.h"
#include "seal.h"

static int detail_number(const struct wd_ctx *ctx, char *buf, size_t size)
{
	return scnprintf(buf, size, "%s=%lu", (const char *)ctx->arg[0], ctx->arg[1]);
}

static int refuse_kernel(const char *what, const void *more)
{
	struct wd_ctx ctx = {.op = WD_OP_KERNEL,
			     .detail = wd_detail_text,
			     .arg = {(unsigned long)what, (unsigned long)more}};

	return wd_refuse(&ctx);
}

static int refuse_number(const char *what, unsigned long number)
{
	struct wd_ctx ctx = {
		.op = WD_OP_KERNEL, .detail = detail_number, .arg = {(unsigned long)what, number}};

	return wd_refuse(&ctx);
}

int wd_check_kernel_read_file(const wd_regs *regs)
{
	const struct file *file = (const struct file *)wd_arg(regs, 0);
	const void *name = file ? file->f_path.dentry->d_name.name : NULL;

	if (!wd_sealed())
		return 0;
	switch ((enum kernel_read_file_id)wd_arg(regs, 1)) {
	case READING_MODULE:
		return refuse_kernel("module=", name);
	case READING_KEXEC_IMAGE:
	case READING_KEXEC_INITRAMFS:
		return refuse_kernel("kexec=", name);
	default:
		return 0;
	}
}

int wd_check_kernel_load_data(const wd_regs *regs)
{
	if (!wd_sealed())
		return 0;
	switch ((enum kernel_load_data_id)wd_arg(regs, 0)) {
	case LOADING_MODULE:
		return refuse_kernel("module", NULL);
	case LOADING_KEXEC_IMAGE:
	case LOADING_KEXEC_INITRAMFS:
		return refuse_kernel("kexec", NULL);
	default:
		return 0;
	}
}

/*
 * The kernel itself asks here wherever root could write into it: /dev/mem, ports, MSRs,
 * PCI, ACPI tables, hibernation, debugfs, bpf_probe_write_user. Everything that the
 * lockdown module calls integrity; of confidentiality, probes only.
 */
int wd_check_locked_down(const wd_regs *regs)
{
	unsigned long reason = wd_arg(regs, 0) & 0xffffffff;

	if (reason == LOCKDOWN_NONE || !wd_sealed())
		return 0;
	if (reason >= LOCKDOWN_INTEGRITY_MAX && reason != LOCKDOWN_KPROBES)
		return 0;
	return refuse_number("lockdown", reason);
}

/* Programs that run inside kernel functions; filters of packets and cgroups are let be. */
static bool traces(enum bpf_prog_type type)
{
	switch (type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
		return true;
	default:
		return false;
	}
}

int wd_check_bpf(const wd_regs *regs)
{
	const union bpf_attr *attr = (const union bpf_attr *)wd_arg(regs, 1);

	if ((int)wd_arg(regs, 0) != BPF_PROG_LOAD || !wd_sealed() || !traces(attr->prog_type))
		return 0;
	return refuse_number("bpf", attr->prog_type);
}

int wd_check_sysrq(const wd_regs *regs)
{
	return wd_sealed() ? refuse_kernel("sysrq", NULL) : 0;
}
