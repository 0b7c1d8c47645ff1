/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify_field - one field of the notification settings: what it may be, and an error that
 * names it and says what to give instead
 */
#ifndef WD_PUBLISHER_NOTIFY_FIELD_H
#define WD_PUBLISHER_NOTIFY_FIELD_H

#include <jansson.h>
#include <stdbool.h>

#include "log.h"

enum field_type {
	BOOL,
	INT,
	NUMBER,
	TEXT,
	CHOICE,
	ADDRESSES,
	ADDRESS,
	TARGET,
	URL,
	TIME,
	HOST,
	PEM
};

struct field {
	const char *part, *name;
	enum field_type type;
	double least, most; /* numbers; lengths of text */
	const char *choices;
	const char *otherwise; /* default, as text */
	bool secret;
};

const char *field_path(const struct field *f); /* "part.name", until the next call */
/* The value as it is kept; a new reference, or NULL and why. Text is taken for any type. */
json_t *field_take(const struct field *f, const json_t *v, struct err *err);
int field_minutes(const char *s); /* of the day, out of "22:00"; -1: it is none */

#endif
