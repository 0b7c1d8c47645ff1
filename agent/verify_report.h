/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_report - how a verification goes that the publisher asked for, told to it
 *
 * At most VERIFY_REPORTS_MAX at a time: the publisher may be in other hands, and each costs memory.
 * What is told while the line is down is lost; the publisher gives up when the line goes.
 */
#ifndef WD_VERIFY_REPORT_H
#define WD_VERIFY_REPORT_H

#include "proto.h"

#define VERIFY_REPORTS_MAX 64

struct guard;
struct verify_reports;

struct verify_reports *verify_reports_new(struct guard *g);
void verify_reports_free(struct verify_reports *r); /* NULL is fine; before the sites' verify */
/* Begins one. Number 0: nobody wants to hear of it. */
void verify_report(struct verify_reports *r, const struct msg_verify *m);

#endif
