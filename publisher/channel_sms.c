// SPDX-License-Identifier: Apache-2.0
/* An SMS goes by the hardware unit of a host: the agent hands the text to it. */
#include "hosts.h"
#include "notify.h"
#include "session.h"

const char *sms_send(struct engine *e, const char *host, const json_t *message)
{
	struct host *h = host_find(e, host);

	(void)message;
	if (!h)
		return "sms.host: there is no such host (any more)";
	if (!h->session || !session_open(h->session))
		return "the host with the hardware unit is not connected";
	return "the agent of that host does not take texts for its hardware unit yet";
}
