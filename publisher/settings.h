/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings - what an administrator changes while everything runs (the table is in settings.c)
 *
 * publisher.conf says how the daemon is started; this is how it behaves. A change is checked
 * as a whole and kept as a whole: one wrong field, and nothing is changed.
 */
#ifndef WD_PUBLISHER_SETTINGS_H
#define WD_PUBLISHER_SETTINGS_H

#include <jansson.h>
#include "engine.h"

#define MAINTENANCE_REASON_MAX 200
#define MAINTENANCE_MINUTES_MAX 1440

/* While e->base runs nobody else writes the table. */
int settings_load(struct engine *e, struct err *err);
void settings_free(struct engine *e);
int64_t settings_int(const struct engine *e, const char *name); /* its default if nothing is set */
const char *settings_text(const struct engine *e, const char *name);
json_t *settings_json(const struct engine *e);
/*
 * Only what is given is changed. -1: nothing is, and *wrong is an array of {field, error}
 * (empty if the database refused: then err says why).
 */
int settings_set(struct engine *e, const json_t *changes, json_t **wrong, struct err *err);

/* A time in which alarms are kept but not sent. json: null when there is none. */
int maintenance_begin(struct engine *e, const char *reason, int minutes, const char *by,
		      struct err *err);
int maintenance_end(struct engine *e, struct err *err);
/* ns since 1970; in the past, or 0: there is none. Alarms are kept, and told then. */
int64_t maintenance_until(struct engine *e);
bool maintenance_now(struct engine *e);
json_t *maintenance_json(struct engine *e);

#endif
