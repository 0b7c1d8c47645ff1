/* SPDX-License-Identifier: Apache-2.0 */
/* boot.h - from the bare kernel to a guest that is ready for commands */
#ifndef BOOT_H
#define BOOT_H

/* Runs in the initramfs as pid 1; afterwards we live in the real root. */
void boot(void);

#endif
