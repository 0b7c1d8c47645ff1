// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fsx.h"
#include "guard.h"
#include "kernel.h"
#include "sealing.h"

#define LOOK_S 2
#define FILE_MAX (SEAL_DER_MAX + SIGN_SIG_LEN + 16)

struct sealing {
	struct guard *g;
	bool module;
	struct event *timer;
	struct seal_key key;
	bool have_key, foreign; /* foreign: the module holds another one */
	bool expected, noseal;
	uint8_t state; /* enum seal_state */
	uint32_t seconds;
	struct hash module_key;
	bool seen;     /* the state is known */
	char why[256]; /* sealing by itself failed: last reason */
};

/* ---- what is kept ---- */

static void load_key(struct sealing *s)
{
	char path[STATE_PATH_MAX], *p;
	struct err err = {""};
	struct rd r;
	size_t n;

	state_path(path, s->g->state, "trust/seal.key");
	if (access(path, F_OK))
		return;
	p = fsx_slurp(path, FILE_MAX, &n, &err);
	if (!p) {
		log_err("%s", err.text);
		return;
	}
	r = rd_over(p, n);
	seal_key_get(&r, &s->key);
	s->have_key = rd_end(&r) && !seal_key_check(&s->key, &s->g->id.release_key, &err);
	if (!s->have_key)
		log_err("%s is damaged, or not this publisher's: it sends it again", path);
	free(p);
}

static void save_key(struct sealing *s)
{
	char path[STATE_PATH_MAX];
	struct err err = {""};
	struct buf b;

	buf_init(&b, FILE_MAX);
	seal_key_put(&b, &s->key);
	if (fsx_replace(state_path(path, s->g->state, "trust/seal.key"), b.data, b.len, 0600, &err))
		log_err("%s", err.text);
	buf_free(&b);
}

static void expect(struct sealing *s)
{
	char path[STATE_PATH_MAX];
	struct err err = {""};

	if (s->expected)
		return;
	s->expected = true;
	if (fsx_replace(state_path(path, s->g->state, "sealed"), "1\n", 2, 0600, &err))
		log_err("%s", err.text);
}

/* ---- the module ---- */

/* Gives it the key if it has none. */
static int give_key(struct sealing *s, struct kernel *k, const struct kernel_info *info,
		    struct err *err)
{
	struct hash ours;

	if (!s->have_key)
		return err_set(err, "the publisher has not sent the seal key yet");
	seal_key_digest(&s->key, &ours);
	s->foreign = !hash_is_zero(&info->seal_key) && !hash_eq(&info->seal_key, &ours);
	if (s->foreign)
		return err_set(err, "the module holds a seal key that is not the publisher's:"
				    " unload it and load it again");
	if (!hash_is_zero(&info->seal_key))
		return 0;
	return kernel_seal_key(k, s->key.der, s->key.n, s->g->id.host, err);
}

static uint8_t state_of(const struct kernel_info *info)
{
	if (info->sealed)
		return SEAL_SEALED;
	return info->seal_seconds ? SEAL_LIFTED : SEAL_OPEN;
}

static struct kernel *ask(struct sealing *s, struct kernel_info *info, struct err *err)
{
	struct kernel *k;

	if (!s->module) {
		err_set(err, "the module is not in use");
		return NULL;
	}
	k = kernel_open(err);
	if (!k || !kernel_info(k, info, err))
		return k;
	kernel_close(k);
	return NULL;
}

static void fill(const struct sealing *s, struct msg_sealed *m)
{
	m->state = s->state;
	m->seconds = s->seconds;
	m->key = s->module_key;
}

static void tell(struct sealing *s)
{
	struct msg_sealed m = {.request = 0};

	fill(s, &m);
	uplink_sealed(s->g->uplink, &m);
}

static void changed(struct sealing *s, uint8_t was)
{
	if (s->state == SEAL_SEALED)
		expect(s);
	if (s->seen) {
		log_warn("seal: %s, was %s", seal_state_name(s->state), seal_state_name(was));
		guard_note(s->g, "seal", "", 1, "%s, was %s", seal_state_name(s->state),
			   seal_state_name(was));
	}
	s->seen = true;
	tell(s);
}

/* Looks; what was seen before is compared, and told if it is something else. */
static void look(struct sealing *s)
{
	struct kernel_info info = {.sealed = false};
	struct err err = {""};
	struct kernel *k = ask(s, &info, &err);
	uint8_t was = s->state;
	struct hash key = s->module_key;

	s->state = k ? state_of(&info) : SEAL_NONE;
	s->seconds = info.seal_seconds;
	if (k && s->have_key && hash_is_zero(&info.seal_key) && !give_key(s, k, &info, &err))
		kernel_info(k, &info, &err);
	else if (k && s->have_key)
		give_key(s, k, &info, &err); /* only to compare */
	s->module_key = info.seal_key;
	kernel_close(k);
	if (!s->seen || s->state != was || !hash_eq(&key, &s->module_key))
		changed(s, was);
}

int sealing_seal(struct sealing *s, struct err *err)
{
	struct kernel_info info;
	struct kernel *k;
	int rc;

	if (s->g->conf->seal == CONF_SEAL_OFF)
		return err_set(err, "agent.conf says seal = off");
	k = ask(s, &info, err);
	if (!k)
		return -1;
	rc = give_key(s, k, &info, err) || (kernel_seal(k, false, err) && errno != EALREADY);
	kernel_close(k);
	look(s);
	return rc ? -1 : 0;
}

/* ---- by itself ---- */

static bool ready(const struct sealing *s)
{
	struct source_state source;

	source_state(s->g->source, &source);
	return source.kind == SOURCE_KMOD && !source.armed_dirty && s->have_key;
}

static void seal_by_itself(struct sealing *s)
{
	struct err err = {""};

	if (s->g->conf->seal != CONF_SEAL_AUTO || s->state != SEAL_OPEN || !ready(s))
		return;
	if (!sealing_seal(s, &err)) {
		s->why[0] = '\0';
	} else if (strcmp(s->why, err.text)) {
		log_err("cannot seal: %s", err.text);
		snprintf(s->why, sizeof(s->why), "%.255s", err.text);
	}
}

static void on_timer(int fd, short what, void *arg)
{
	struct timeval t = {LOOK_S, 0};
	struct sealing *s = arg;

	(void)fd;
	(void)what;
	look(s);
	seal_by_itself(s);
	evtimer_add(s->timer, &t);
}

/* ---- what the publisher says ---- */

void sealing_online(struct sealing *s)
{
	if (s && s->seen)
		tell(s);
}

void sealing_key(struct sealing *s, const struct seal_key *k)
{
	struct err err = {""};

	if (seal_key_check(k, &s->g->id.release_key, &err)) {
		log_err("the publisher sent a seal key that its release key did not sign: %s",
			err.text);
		guard_note(s->g, "seal", "", 1,
			   "a seal key was refused: the release key did not sign it");
		return;
	}
	if (!s->have_key || s->key.n != k->n || memcmp(s->key.der, k->der, k->n)) {
		s->key = *k;
		s->have_key = true;
		save_key(s);
	}
	look(s);
}

static int answer_nonce(struct sealing *s, struct msg_sealed *m, struct err *err)
{
	struct kernel_info info;
	struct kernel_nonce nonce;
	struct kernel *k = ask(s, &info, err);
	int rc = k ? kernel_seal_nonce(k, &nonce, err) : -1;

	kernel_close(k);
	if (rc)
		return -1;
	memcpy(m->boot, nonce.boot, sizeof(m->boot));
	memcpy(m->nonce, nonce.nonce, sizeof(m->nonce));
	return 0;
}

static int unseal(struct sealing *s, const struct msg_seal *m, struct err *err)
{
	struct kernel_info info;
	struct kernel *k = ask(s, &info, err);
	int rc = k ? kernel_unseal(k, m->seconds, m->nonce, m->sig, m->n, err) : -1;

	kernel_close(k);
	look(s);
	return rc;
}

void sealing_told(struct sealing *s, const struct msg_seal *m)
{
	struct msg_sealed answer = {.request = m->request};
	struct err err = {""};
	int rc;

	if (m->verb == SEAL_VERB_SEAL)
		rc = sealing_seal(s, &err);
	else if (m->verb == SEAL_VERB_NONCE)
		rc = answer_nonce(s, &answer, &err);
	else
		rc = unseal(s, m, &err);
	fill(s, &answer);
	answer.refused = rc != 0;
	snprintf(answer.text, sizeof(answer.text), "%s", rc ? err.text : "");
	uplink_sealed(s->g->uplink, &answer);
}

/* ---- ---- */

void sealing_problem(const struct sealing *s, char *to, size_t cap)
{
	bool wanted = s && s->g->conf->seal != CONF_SEAL_OFF &&
		      (s->expected || s->g->conf->seal == CONF_SEAL_AUTO);

	to[0] = '\0';
	if (!s || !s->module)
		return;
	if (s->foreign)
		snprintf(to, cap, "the module holds a seal key that is not the publisher's");
	else if (wanted && (s->state == SEAL_OPEN || s->state == SEAL_NONE))
		snprintf(to, cap, "not sealed, though it should be%s%.200s", s->why[0] ? ": " : "",
			 s->why);
}

struct sealing *sealing_new(struct guard *g, bool module)
{
	struct sealing *s = calloc(1, sizeof(*s));
	char path[STATE_PATH_MAX];

	if (!s)
		return NULL;
	s->g = g;
	s->module = module;
	s->timer = evtimer_new(g->base, on_timer, s);
	if (!s->timer) {
		free(s);
		return NULL;
	}
	s->expected = !access(state_path(path, g->state, "sealed"), F_OK);
	load_key(s);
	on_timer(-1, 0, s);
	return s;
}

void sealing_free(struct sealing *s)
{
	if (!s)
		return;
	event_free(s->timer);
	free(s);
}
