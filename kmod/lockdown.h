/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lockdown.h - sealed: ways into the kernel, past us
 *
 * Checks for hooks.c's table. Nothing is refused while not sealed.
 */
#ifndef WD_LOCKDOWN_H
#define WD_LOCKDOWN_H

#include "compat.h"

int wd_check_kernel_read_file(const wd_regs *regs); /* modules and kexec images, from files */
int wd_check_kernel_load_data(const wd_regs *regs); /* the same from memory */
int wd_check_locked_down(const wd_regs *regs);	    /* /dev/mem, ports, MSRs, probes, ... */
int wd_check_bpf(const wd_regs *regs);		    /* programs inside kernel functions */
int wd_check_sysrq(const wd_regs *regs);	    /* /proc/sysrq-trigger */

#endif /* WD_LOCKDOWN_H */
