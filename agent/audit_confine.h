/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_confine - an audit reads everything and needs nothing else
 *
 * It parses files that the web server's account may have written, so it runs as an account
 * without rights, with the one capability to read and search; it has no network, makes and
 * changes no file, looks into no other process. Programs it runs (dpkg, apt) inherit that.
 */
#ifndef WD_AUDIT_CONFINE_H
#define WD_AUDIT_CONFINE_H

#include "log.h"

/* For good. Not started by root: only what needs no rights is given up. */
int audit_confine(struct err *err);

#endif
