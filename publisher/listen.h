/* SPDX-License-Identifier: Apache-2.0 */
/* listen - a bound, listening TCP socket of "HOST:PORT" */
#ifndef WD_PUBLISHER_LISTEN_H
#define WD_PUBLISHER_LISTEN_H

#include "log.h"

int listen_on(const char *address, struct err *err); /* a descriptor, or -1 */

#endif
