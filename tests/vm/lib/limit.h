/* SPDX-License-Identifier: Apache-2.0 */
/* limit.h - how vmexec ends: with a message, or because its time is over */
#ifndef LIMIT_H
#define LIMIT_H

#define EXIT_TIMEOUT 124
#define EXIT_LOST 125

_Noreturn void leave(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

double limit_now(void); /* seconds, of a clock that nobody sets */
void limit_set(double seconds);

/* Milliseconds until the deadline or limit seconds, whichever is first; -1: no limit. */
int limit_left(double limit);

/* Ends the program if the deadline is past. */
void limit_check(void);

#endif
