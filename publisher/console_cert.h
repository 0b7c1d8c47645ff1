/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_cert - what the web console shows browsers: the administrator's own certificate
 * (publisher.conf), or one by our CA, made anew a month before it ends or when its names change
 */
#ifndef WD_PUBLISHER_CONSOLE_CERT_H
#define WD_PUBLISHER_CONSOLE_CERT_H

#include "engine.h"

/* Starts the console, now or as soon as there is a certificate. */
int console_cert_start(struct engine *e, struct err *err);
void console_cert_renew(struct engine *e); /* now and then */

#endif
