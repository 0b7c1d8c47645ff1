// SPDX-License-Identifier: Apache-2.0
/* limit.c - how vmexec ends: with a message, or because its time is over */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "limit.h"

static double deadline; /* on limit_now()'s clock; 0 if there is none */

_Noreturn void leave(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "vm: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(status);
}

double limit_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void limit_set(double seconds)
{
	deadline = limit_now() + seconds;
}

int limit_left(double limit)
{
	double left = limit;

	if (deadline && (limit < 0 || deadline - limit_now() < limit))
		left = deadline - limit_now();
	if (left < 0 && (limit >= 0 || deadline))
		left = 0;
	if (left > 1e6)
		left = 1e6;
	return left < 0 ? -1 : (int)(left * 1000);
}

void limit_check(void)
{
	if (deadline && limit_now() >= deadline)
		leave(EXIT_TIMEOUT, "time is over");
}
