/* SPDX-License-Identifier: Apache-2.0 */
/* hass_role - the role that talks to the hardware unit: a port, no files, no network */
#ifndef WD_HASS_ROLE_H
#define WD_HASS_ROLE_H

int hass_role_main(const char *state); /* the process's exit status */

#endif
