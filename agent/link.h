/* SPDX-License-Identifier: Apache-2.0 */
/* link - the role that holds the network: dials or listens, proves both ends, relays frames */
#ifndef WD_LINK_H
#define WD_LINK_H

#include "conf.h"

/* What the guard tells its link on the command line. */
struct link_args {
	const char *state;
	enum conf_dial dial;
	const char *address;
};

int link_main(const struct link_args *args); /* the process's exit status */

#endif
