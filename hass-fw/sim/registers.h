/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * registers.h - avr-libc's register addresses, readable by a host compiler
 */
#ifndef SIM_REGISTERS_H
#define SIM_REGISTERS_H

#define __AVR_LIBC_DEPRECATED_ENABLE__ /* else the header poisons names */
#define _AVR_IO_H_
#define _SFR_IO8(v) ((v) + 32)
#define _SFR_IO16(v) ((v) + 32)
#define _SFR_MEM8(v) (v)
#define _SFR_MEM16(v) (v)
#define _BV(v) (1 << (v))
#define _VECTOR(v) (v)
#include "/usr/lib/avr/include/avr/iom162.h"

#endif
