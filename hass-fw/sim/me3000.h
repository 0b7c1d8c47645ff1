/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * me3000.h - a ZTE ME3000 with its SIM and its network, scriptable
 *
 * Good enough for real clients (gammu, smstools) and as unkind as a real one: spacing
 * that varies, news in the middle of an answer, restarts, silence, full storage. Time is
 * given from outside, in milliseconds.
 */
#ifndef SIM_ME3000_H
#define SIM_ME3000_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ME3000_STORE 50 /* what a SIM holds */
#define ME3000_PDU 360	/* hexadecimal digits */
#define ME3000_TEXT 161
#define ME3000_NUMBER 24

struct me3000_sms {
	char number[ME3000_NUMBER];
	char text[ME3000_TEXT];
	uint64_t at_ms;
};

/* What can be made to go wrong; all zero is a healthy modem in a network. */
struct me3000_faults {
	bool silent; /* takes everything, says nothing */
	bool no_network;
	bool no_prompt;		  /* +CMGS never shows "> " */
	bool news_in_answer;	  /* an unsolicited line before the PDU of +CMGR */
	bool tight;		  /* no blank after colons */
	bool full_report;	  /* +ZSMGS:FULL when the storage is full */
	bool lose_cmti;		  /* a message comes without news */
	bool keep_deleted;	  /* +CMGD fails */
	bool echo_noise;	  /* unknown +Z lines now and then */
	unsigned int delay_ms;	  /* before each answer; 0: 10 */
	unsigned int send_ms;	  /* until the network has taken a message; 0: 300 */
	unsigned int send_errors; /* so many sends fail */
	int send_error;		  /* with this +CMS ERROR; 0: 500 */
	char pin[9];		  /* the SIM asks for it */
	unsigned int pin_tries;	  /* wrong ones so far */
};

struct me3000;

typedef void (*me3000_output)(void *arg, const char *bytes, size_t len);

struct me3000 *me3000_new(me3000_output output, void *arg);
void me3000_free(struct me3000 *m);
struct me3000_faults *me3000_faults(struct me3000 *m);

void me3000_power(struct me3000 *m, bool on, uint64_t now_ms); /* at once, no banner */
void me3000_key(struct me3000 *m, bool pressed, uint64_t now_ms);
void me3000_reset(struct me3000 *m, bool pulled, uint64_t now_ms);
void me3000_restart(struct me3000 *m, uint64_t now_ms); /* by itself */
bool me3000_on(const struct me3000 *m);

void me3000_input(struct me3000 *m, uint8_t byte, uint64_t now_ms);
void me3000_run(struct me3000 *m, uint64_t now_ms); /* says what is due */
uint64_t me3000_next(const struct me3000 *m);	    /* when something is due; UINT64_MAX: never */

/* A message arrives. Returns its index, 0 when the storage is full. */
int me3000_deliver(struct me3000 *m, const char *number, const char *text, uint64_t now_ms);
int me3000_deliver_pdu(struct me3000 *m, const char *hex, uint64_t now_ms);
int me3000_stored(const struct me3000 *m);

/* The PDU of an SMS-DELIVER; coding 0 is GSM 7-bit. Returns its octets without the centre's. */
#define ME3000_UDH 1
int me3000_make_deliver(char hex[ME3000_PDU], const char *number, const char *text, int coding,
			int flags);

/* What was sent, in order. */
size_t me3000_sent_count(const struct me3000 *m);
const struct me3000_sms *me3000_sent(const struct me3000 *m, size_t i);

#endif
