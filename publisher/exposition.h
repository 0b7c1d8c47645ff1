/* SPDX-License-Identifier: Apache-2.0 */
/* exposition - what the publisher tells Prometheus (lib/metrics.h) */
#ifndef WD_PUBLISHER_EXPOSITION_H
#define WD_PUBLISHER_EXPOSITION_H

#include <stdio.h>

void exposition(void *engine, FILE *to);

#endif
