/* SPDX-License-Identifier: GPL-2.0-only */
/* netlink.h - the generic netlink family, see uapi/webdefender.h */
#ifndef WD_NETLINK_H
#define WD_NETLINK_H

struct wd_record;

int wd_netlink_init(void);
void wd_netlink_exit(void);

/* Multicasts one event. -ESRCH: nobody listens. Process context. */
int wd_netlink_send(const struct wd_record *record, const char *exe);

#endif /* WD_NETLINK_H */
