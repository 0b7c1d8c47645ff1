/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario.h"

#define BEAT 10
#define GRACE 10 /* policy.grace 1 */

static void expect_beats(struct rig *r, uint8_t flags)
{
	struct hass_policy policy = rig_default_policy;

	policy.beat = BEAT;
	policy.flags = flags;
	EXPECT_INT(rig_policy(r, &policy), HASS_OK);
	EXPECT(rig_status(r)->flags & HASS_F_BEAT);
}

/* The interval may end between our question and our answer: then the next nonce counts. */
static void vouch(struct rig *r)
{
	if (rig_vouch(r) == HASS_OK)
		return;
	rig_run(r, 100);
	EXPECT_INT(rig_vouch(r), HASS_OK);
}

static void live(struct rig *r, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		if (!(rig_status(r)->flags & HASS_F_VOUCHED))
			vouch(r);
		rig_run(r, 900);
	}
}

static void quiet(struct rig *r, const void *arg)
{
	(void)arg;
	expect_beats(r, 0);
	live(r, 200);
	EXPECT_INT(rig_sent(r), 0);
	EXPECT_INT(rig_counter(r, HASS_C_BEAT_MISSED), 0);
	EXPECT_INT(rig_status(r)->missed, 0);
}

static void lost(struct rig *r, const void *arg)
{
	(void)arg;
	expect_beats(r, 0);
	live(r, 40);
	rig_run(r, 2 * BEAT * 1000);
	EXPECT_INT(rig_sent(r), 0);
	EXPECT(rig_wait_sent(r, 2, 3 * BEAT * 1000));
	EXPECT_TEXT(rig_text(r, 0), "heartbeat LOST");
	EXPECT(!rig_cut(r));
	EXPECT(rig_status(r)->flags & HASS_F_BEAT_LOST);
	rig_run(r, 100000);
	EXPECT_INT(rig_sent(r), 2);
	live(r, 20);
	EXPECT(rig_wait_sent(r, 4, 10000));
	EXPECT_TEXT(rig_text(r, 3), "heartbeat back");
	EXPECT(!(rig_status(r)->flags & HASS_F_BEAT_LOST));
}

static void cut_on_loss(struct rig *r, const void *arg)
{
	(void)arg;
	expect_beats(r, HASS_P_CUT_ON_LOSS);
	live(r, 30);
	EXPECT(rig_wait_cut(r, true, 5 * BEAT * 1000));
	EXPECT(rig_wait_sent(r, 4, 30000));
	EXPECT_INT(rig_told(r, "CUT, heartbeat lost"), 2);
	rig_power_cycle(r, 9);
	rig_run(r, 100);
	EXPECT(rig_cut(r));
	rig_ready(r);
	live(r, 20);
	EXPECT(rig_cut(r)); /* life alone does not restore */
	rig_command(r, ALICE, "RESTORE", rig_code(HASS_S_RESTORE, 0));
	EXPECT(rig_wait_cut(r, false, 3000));
}

static void grace(struct rig *r, const void *arg)
{
	(void)arg;
	expect_beats(r, 0);
	rig_power_cycle(r, 4);
	rig_run(r, (GRACE + 3 * BEAT) * 1000);
	EXPECT_INT(rig_sent(r), 0);
	EXPECT(rig_wait_sent(r, 2, 3 * BEAT * 1000));
}

/* While the network is cut nobody can vouch: no news, and a grace after RESTORE. */
static void not_while_cut(struct rig *r, const void *arg)
{
	(void)arg;
	expect_beats(r, 0);
	live(r, 30);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 3000));
	rig_run(r, 300000);
	EXPECT_INT(rig_told(r, "LOST"), 0);
	rig_command(r, ALICE, "RESTORE", rig_code(HASS_S_RESTORE, 0));
	EXPECT(rig_wait_cut(r, false, 3000));
	rig_run(r, 2 * BEAT * 1000);
	live(r, 60);
	EXPECT_INT(rig_told(r, "LOST"), 0);
	EXPECT_INT(rig_counter(r, HASS_C_BEAT_MISSED), 0);
}

static void wrong_mac(struct rig *r, const void *arg)
{
	uint8_t nonce[HASS_NONCE_SIZE];

	(void)arg;
	expect_beats(r, 0);
	rig_run(r, 2000);
	memcpy(nonce, rig_status(r)->nonce, sizeof(nonce));
	EXPECT_INT(rig_mac(r, HASS_VOUCH, 'C', nonce), HASS_MAC);
	EXPECT_INT(rig_mac(r, HASS_VOUCH, 'N', nonce), HASS_MAC);
	EXPECT_INT(rig_mac(r, HASS_CUT, 'V', nonce), HASS_MAC);
	EXPECT(!rig_cut(r));
	nonce[0] ^= 1;
	EXPECT_INT(rig_mac(r, HASS_VOUCH, 'V', nonce), HASS_MAC);
	EXPECT_INT(rig_counter(r, HASS_C_REQ_MAC), 4);
	EXPECT(!(rig_status(r)->flags & HASS_F_VOUCHED));
}

static void old_mac(struct rig *r, const void *arg)
{
	uint8_t nonce[HASS_NONCE_SIZE];

	(void)arg;
	expect_beats(r, 0);
	rig_run(r, 2000);
	memcpy(nonce, rig_status(r)->nonce, sizeof(nonce));
	EXPECT_INT(rig_mac(r, HASS_VOUCH, 'V', nonce), HASS_OK);
	EXPECT_INT(rig_mac(r, HASS_VOUCH, 'V', nonce), HASS_OK); /* the reply may have been lost */
	rig_run(r, (GRACE + 2 * BEAT) * 1000);
	EXPECT_INT(rig_mac(r, HASS_VOUCH, 'V', nonce), HASS_MAC);
}

static void nonces_differ(struct rig *r, const void *arg)
{
	uint8_t seen[40][HASS_NONCE_SIZE];

	(void)arg;
	expect_beats(r, 0);
	for (int i = 0; i < 40; i++) {
		if (i % 10 == 9)
			rig_power_cycle(r, i);
		rig_run(r, i % 10 == 0 ? (GRACE + BEAT) * 1000 : BEAT * 1000);
		memcpy(seen[i], rig_status(r)->nonce, HASS_NONCE_SIZE);
		for (int k = 0; k < i; k++)
			if (i % 10 && i % 10 != 9)
				EXPECT(memcmp(seen[i], seen[k], HASS_NONCE_SIZE));
	}
}

static void publisher_cut(struct rig *r, const void *arg)
{
	uint8_t nonce[HASS_NONCE_SIZE];

	(void)arg;
	rig_run(r, 2000);
	memcpy(nonce, rig_status(r)->nonce, sizeof(nonce));
	EXPECT_INT(rig_mac(r, HASS_CUT, 'C', nonce), HASS_OK);
	EXPECT(rig_cut(r));
	EXPECT(rig_wait_sent(r, 2, 10000));
	EXPECT_TEXT(rig_text(r, 0), "network CUT by publisher");
	rig_command(r, ALICE, "RESTORE", rig_code(HASS_S_RESTORE, 0));
	EXPECT(rig_wait_cut(r, false, 3000));
	EXPECT_INT(rig_mac(r, HASS_CUT, 'C', nonce), HASS_OK); /* the same again is no new cut */
	rig_run(r, 5000);
	EXPECT(!rig_cut(r));
}

static void no_key(struct rig *r, const void *arg)
{
	(void)arg;
	EXPECT_INT(rig_publisher_cut(r), HASS_OFF);
	EXPECT_INT(rig_vouch(r), HASS_OFF);
	EXPECT(!rig_cut(r));
}

static void told_once(struct rig *r, const void *arg)
{
	(void)arg;
	expect_beats(r, 0);
	EXPECT(rig_wait_sent(r, 2, 100000));
	rig_run(r, 3000);
	for (int i = 0; i < 4; i++) {
		rig_power_cycle(r, i);
		rig_run(r, 100000);
	}
	EXPECT_INT(rig_sent(r), 2);
}

/* Wrong MACs without a pause: a CUT by SMS takes the engine from them. */
static void engine_taken(struct rig *r, const void *arg)
{
	uint8_t mac[HASS_MAC_SIZE] = {1};

	(void)arg;
	for (int i = 0; i < 30; i++)
		rig_send_frame(r, HASS_VOUCH, mac, sizeof(mac));
	rig_run(r, 20);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 500));
	rig_run(r, 5000);
	EXPECT(rig_counter(r, HASS_C_REQ_MAC) >= 3);
}

/*
 * The interval ends at every point of a check, 10 ms after 10 ms. The server knows the MAC that it
 * handed in: the next nonce must never be that.
 */
static void nonce_ends_in_a_check(struct rig *r, const void *arg)
{
	uint8_t nonce[HASS_NONCE_SIZE], mac[HASS_MAC_SIZE];

	(void)arg;
	expect_beats(r, 0);
	for (unsigned int ms = 0; ms < 1000; ms += 10) {
		while (rig_status(r)->beat_left != 2)
			rig_run(r, 20);
		while (rig_status(r)->beat_left != 1)
			;
		memcpy(nonce, r->status.nonce, sizeof(nonce));
		rig_make_mac('V', nonce, mac);
		rig_run(r, ms);
		rig_send_frame(r, HASS_VOUCH, mac, sizeof(mac));
		rig_run(r, 1200);
		EXPECT(memcmp(rig_status(r)->nonce, nonce, sizeof(nonce)) != 0);
		EXPECT(memcmp(r->status.nonce, mac, sizeof(nonce)) != 0);
	}
}

const struct scenario beat_scenarios[] = {
	{"beat-vouched-keeps-quiet", quiet, NULL, 0},
	{"beat-lost-and-back-are-told-once", lost, NULL, 0},
	{"beat-lost-cuts-if-configured", cut_on_loss, NULL, 0},
	{"beat-waits-for-a-server-that-starts", grace, NULL, 0},
	{"beat-is-not-expected-while-cut", not_while_cut, NULL, 0},
	{"beat-wrong-mac-is-refused", wrong_mac, NULL, 0},
	{"beat-old-mac-is-refused", old_mac, NULL, 0},
	{"beat-nonces-never-repeat", nonces_differ, NULL, 0},
	{"beat-publisher-cuts-once", publisher_cut, NULL, 0},
	{"beat-without-key-is-off", no_key, NULL, BLANK},
	{"beat-lost-is-not-told-again-after-power-loss", told_once, NULL, 0},
	{"beat-nonce-that-ends-in-a-check-is-no-mac", nonce_ends_in_a_check, NULL, 0},
	{"beat-gives-way-to-a-cut-by-sms", engine_taken, NULL, 0},
	{0},
};
