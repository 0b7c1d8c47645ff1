/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm_watch - which facts become alarms
 *
 * What is so, or is no more so, is looked at every second (hosts, sites, releases, the disk);
 * what happened once is told by whoever hears of it.
 */
#ifndef WD_PUBLISHER_ALARM_WATCH_H
#define WD_PUBLISHER_ALARM_WATCH_H

#include "hosts.h"

void watch_tick(struct engine *e);
void watch_certificates(struct engine *e); /* alarm_certs.c; every hour */
/* An event that is kept; again: the publisher had it, with its outcome, before. */
void watch_event(struct host *h, const struct wd_event *e, bool again);
void watch_lost(struct host *h, uint64_t n);
void watch_mode(struct host *h, const struct host_site *hs, uint8_t was);
void watch_clock(struct host *h, int64_t says); /* a beat: ns since 1970 by its clock */
void watch_rejected(struct engine *e, const char *host, const char *address, const char *why);

#endif
