/* SPDX-License-Identifier: Apache-2.0 */
/* audit - is the server that publishes the site set up so that nobody can tamper with it */
#ifndef WD_AUDIT_H
#define WD_AUDIT_H

/*
 * argv[0] "wdctl audit", then: tomcat [options] | undo ID | list.
 * 0: all good; 1: findings at or above --fail-on; 2: the audit itself could not be done.
 */
int audit_main(int argc, char **argv);

#endif
