// SPDX-License-Identifier: Apache-2.0
/*
 * What the device says is read here, without any right: the guard gets decoded reports. The
 * device may send without end; it gets READ_MOST bytes a second, more than any line carries.
 */
#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "chan.h"
#include "fsx.h"
#include "hass_line.h"
#include "hass_port.h"
#include "hass_role.h"
#include "role.h"
#include "state.h"

#define TICK_MS 20
#define READ_MOST 32768
#define REPORT_MAX 8192

struct desk {
	struct event_base *base;
	struct chan *guard;
	int fd; /* the port's */
	struct event *port, *tick;
	struct hass_line line;
	size_t read; /* bytes in this second */
	int64_t second;
};

static int64_t now_ms(void)
{
	return fsx_mono_ns() / 1000000;
}

static void tell(struct desk *d, enum role_msg type, struct buf *b)
{
	chan_send_buf(d->guard, type, b);
	buf_free(b);
}

/* The last words; the next one opens the port anew, if it is there. */
static void last_words(struct desk *d, enum role_msg type, const char *why)
{
	struct timeval flush = {0, 100000};
	char text[HASSMSG_WHY - 40];
	struct buf b;

	snprintf(text, sizeof(text), "%s", why);
	buf_init(&b, ROLE_TEXT_MAX + 2);
	buf_put_str(&b, text);
	tell(d, type, &b);
	event_base_loopexit(d->base, &flush);
}

static void gone(struct desk *d, const char *why)
{
	last_words(d, ROLE_HASS_GONE, why);
	event_del(d->port);
	event_del(d->tick);
}

/* ---- what the line wants ---- */

static void on_write(void *arg, const void *p, size_t n)
{
	struct desk *d = arg;

	/* Part of a frame is a lost frame, like any other: it is repeated. Reading finds the end.
	 */
	if (write(d->fd, p, n) < 0 && errno != EAGAIN)
		log_debug("port: %s", strerror(errno));
}

static void on_report(void *arg, const struct msg_hass *m)
{
	struct buf b;

	buf_init(&b, REPORT_MAX);
	msg_hass_put(&b, m);
	tell(arg, ROLE_HASS_REPORT, &b);
}

static void on_taken(void *arg, uint32_t id, enum role_taken result, unsigned int seconds)
{
	struct buf b;

	buf_init(&b, 16);
	buf_put_u32(&b, id);
	buf_put_u8(&b, result);
	buf_put_u8(&b, seconds > 255 ? 255 : seconds);
	tell(arg, ROLE_HASS_TAKEN, &b);
}

static void on_set(void *arg, uint32_t number, bool good, const char *said)
{
	struct buf b;

	buf_init(&b, ROLE_TEXT_MAX + 16);
	buf_put_u32(&b, number);
	buf_put_u8(&b, good);
	buf_put_str(&b, said);
	tell(arg, ROLE_HASS_SET, &b);
}

static const struct hass_line_ops line_ops = {on_write, on_report, on_taken, on_set};

/* ---- the port ---- */

static void on_port(evutil_socket_t fd, short what, void *arg)
{
	struct desk *d = arg;
	uint8_t bytes[512];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)what;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		gone(d, n ? strerror(errno) : "the other end hung up");
		return;
	}
	if (n < 0)
		return;
	d->read += n;
	if (d->read > READ_MOST)
		event_del(d->port); /* until the next second */
	hass_line_bytes(&d->line, bytes, n, now_ms());
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct desk *d = arg;
	struct timeval t = {0, TICK_MS * 1000};
	int64_t now = now_ms();

	(void)fd;
	(void)what;
	if (now - d->second >= 1000) {
		d->second = now;
		d->read = 0;
		event_add(d->port, NULL);
	}
	hass_line_tick(&d->line, now);
	evtimer_add(d->tick, &t);
}

/* ---- the guard ---- */

static bool take_alarm(struct desk *d, struct rd *r)
{
	char text[64];
	uint32_t id = rd_u32(r);
	uint16_t count = rd_u16(r);
	bool test = rd_u8(r);

	rd_str(r, text, sizeof(text));
	if (!rd_end(r))
		return false;
	hass_line_alarm(&d->line, id, count, test, text);
	return true;
}

static bool take_mac(struct desk *d, struct rd *r)
{
	struct msg_hass_mac m;

	msg_hass_mac_get(r, &m);
	if (!rd_end(r))
		return false;
	hass_line_mac(&d->line, &m);
	return true;
}

static bool take_setting(struct desk *d, struct rd *r)
{
	struct hass_setting s = {0};
	uint32_t number = rd_u32(r);
	const uint8_t *p;
	size_t n;

	s.item = rd_u8(r);
	s.index = rd_u8(r);
	p = rd_blob(r, sizeof(s.data), &n);
	if (!rd_end(r))
		return false;
	s.len = n;
	memcpy(s.data, p, n);
	hass_line_setting(&d->line, number, &s);
	explicit_bzero(&s, sizeof(s));
	return true;
}

static void guard_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct desk *d = arg;
	struct rd r = rd_over(p, n);
	bool good = false;

	if (type == ROLE_HASS_ALARM)
		good = take_alarm(d, &r);
	else if (type == ROLE_HASS_MAC)
		good = take_mac(d, &r);
	else if (type == ROLE_HASS_SETTING)
		good = take_setting(d, &r);
	if (!good)
		log_err("the guard sent a malformed message of type 0x%04x: dropped", type);
}

static void guard_closed(void *arg, const char *reason)
{
	struct desk *d = arg;

	(void)reason;
	event_base_loopbreak(d->base);
}

static const struct chan_ops guard_ops = {guard_message, guard_closed, NULL};

/* ---- start-up ---- */

static int confine(const char *state, struct err *err)
{
	char empty[STATE_PATH_MAX];
	struct role_limits limits = {.user = getpwnam("webdefender") ? "webdefender" : "nobody",
				     .root = state_path(empty, state, "empty")};

	return role_confine(&limits, err);
}

/* shut: why there is no port. Then that is all it has to say, and the guard asks again later. */
static int run(struct desk *d, const char *shut, struct err *err)
{
	d->guard = chan_new_fd(d->base, ROLE_FD, &guard_ops, d);
	d->port = event_new(d->base, d->fd, EV_READ | EV_PERSIST, on_port, d);
	d->tick = evtimer_new(d->base, on_tick, d);
	if (!d->guard || !d->port || !d->tick)
		return err_set(err, "out of memory");
	if (*shut) {
		last_words(d, ROLE_HASS_SHUT, shut);
	} else {
		hass_line_init(&d->line, &line_ops, d, now_ms());
		event_add(d->port, NULL);
		on_tick(-1, 0, d);
	}
	event_base_dispatch(d->base);
	return 0;
}

int hass_role_main(const char *state, const struct hass_role_args *args)
{
	static struct desk d; /* large */
	struct err err = {""}, shut = {""};

	signal(SIGPIPE, SIG_IGN);
	d.base = event_base_new();
	d.fd = hass_port_open(args->port, args->speed, &shut);
	if (!d.base || confine(state, &err) || run(&d, d.fd < 0 ? shut.text : "", &err)) {
		log_err("%s", d.base ? err.text : "out of memory");
		return 1;
	}
	return 0;
}
