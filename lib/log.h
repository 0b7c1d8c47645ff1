/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log - what the daemons tell the administrator
 *
 * One line a message, to standard error. Under systemd (JOURNAL_STREAM) it carries
 * the "<N>" priority of sd-daemon(3) and no time; elsewhere time, program and role.
 * Control characters in a message are written as \xNN: names come from attackers.
 */
#ifndef WD_LOG_H
#define WD_LOG_H

enum log_level { LOG_L_ERR, LOG_L_WARN, LOG_L_INFO, LOG_L_DEBUG };

void log_open(const char *program, const char *role, enum log_level most);
void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_err(...) log_write(LOG_L_ERR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_L_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_L_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_L_DEBUG, __VA_ARGS__)

/* Logs and exits with status 1: only for start-up. */
void log_fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/*
 * err - why a call failed, for whoever can tell a person: functions that can fail in
 * more than one way take a `struct err *` (may be NULL), return -1 or NULL, and
 * leave one sentence in it: what was wrong, where, what to do.
 */
struct err {
	char text[512];
};
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* -1 */
/* The same with ": strerror(errno)" behind it. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
