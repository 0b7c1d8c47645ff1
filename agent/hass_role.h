/* SPDX-License-Identifier: Apache-2.0 */
/* hass_role - the role that talks to the hardware unit: a port, no files, no network */
#ifndef WD_HASS_ROLE_H
#define WD_HASS_ROLE_H

/* What the guard tells it on its command line. */
struct hass_role_args {
	const char *port;
	int speed;
};

int hass_role_main(const char *state,
		   const struct hass_role_args *args); /* the process's exit status */

#endif
