/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * me3000_state.h - what the model and its commands share, and nobody else sees
 */
#ifndef SIM_ME3000_STATE_H
#define SIM_ME3000_STATE_H

#include "me3000.h"

#define LINE_MAX 400

struct stored {
	char pdu[ME3000_PDU];
	bool read;
};

struct me3000 {
	me3000_output output;
	void *arg;
	struct me3000_faults faults;
	struct stored *store[ME3000_STORE + 1]; /* by index, from 1 */
	struct me3000_sms *sent;
	size_t sent_count;
	struct due *queue;
	uint64_t now, last_due; /* answers keep their order */
	uint64_t registered_at;
	uint64_t pressed_at;
	bool pressed, on, pin_given;
	bool echo, text_mode, prompt;
	int errors; /* +CMEE */
	int news;   /* second field of +CNMI */
	int submit_len;
	unsigned int reference;
	char line[LINE_MAX];
	size_t len;
};

/* In order, after the usual delay. */
void me3000_say(struct me3000 *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
void me3000_ok(struct me3000 *m);
void me3000_error(struct me3000 *m);
void me3000_cms_error(struct me3000 *m, int code);
bool me3000_sim_locked(const struct me3000 *m);
bool me3000_registered(const struct me3000 *m);

void me3000_obey(struct me3000 *m, const char *command); /* what follows AT */

#endif
