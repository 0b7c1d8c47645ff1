// SPDX-License-Identifier: Apache-2.0
/* What this host reports about itself, and which services the publisher may tell what. */
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "telemetry.h"
#include "warden.h"

void guard_telemetry(struct guard *g)
{
	struct telemetry t;
	struct source_state s;
	struct buf b;

	if (!g->meter)
		return;
	meter_read(g->meter, &t);
	if (g->warden)
		meter_add(g->meter, &t, "warden", warden_pid(g->warden));
	source_state(g->source, &s);
	if (t.n < TELEMETRY_SERVICES_MAX) {
		struct service *m = &t.services[t.n++];

		*m = (struct service){.name = "module",
				      .state = s.kind == SOURCE_KMOD ? SERVICE_RUNNING
								     : SERVICE_STOPPED};
	}
	buf_init(&b, 65536);
	telemetry_put(&b, &t);
	uplink_telemetry(g->uplink, &b);
}

/* The publisher may be taken over: it may restart what restores, but not switch it off. */
void guard_service(struct guard *g, const char *name, uint8_t act)
{
	struct role *r = role_find(name);

	if (!strcmp(name, "guard") && act == ACT_RESTART) {
		guard_note(g, "service", "", 1,
			   "the agent is restarted on request of the publisher");
		spool_flush(g->spool);
		g->again = true;
		event_base_loopbreak(g->base);
		return;
	}
	if (!r || act >= ACTS || (!strcmp(name, "link") && act != ACT_RESTART)) {
		log_warn("the publisher asks to %s %.32s: refused", service_act_name(act), name);
		return;
	}
	guard_note(g, "service", "", 1, "%s: %s, on request of the publisher", name,
		   service_act_name(act));
	if (act == ACT_RESTART) {
		role_hold(r, false);
		role_restart(r);
	} else {
		role_hold(r, act == ACT_STOP);
	}
}
