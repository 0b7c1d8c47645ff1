/* SPDX-License-Identifier: Apache-2.0 */
/* cover.h - which code of the module this process has reached (KCOV) */
#ifndef COVER_H
#define COVER_H

/* -1 and errno where it cannot be had; EPERM where it is refused, else said so on stderr. Without
 * it nothing is ever reached. */
int cover_open(void);

/* What is reached between start and take: how many places for the first time. */
void cover_start(void);
unsigned int cover_take(void);

/* How many places were ever reached. */
unsigned int cover_count(void);

#endif
