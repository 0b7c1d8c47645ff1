// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <string.h>

#include "roles.h"

struct rule {
	uint16_t type;
	uint8_t stages;
};

static const struct rule from_agent[] = {
	{MSG_HELLO, STAGE_HELLO | STAGE_BUNDLE},
	{MSG_CERT_REQUEST, STAGE_OPEN | STAGE_BUNDLE},
	{MSG_GET, STAGE_OPEN},
	{MSG_PROGRESS, STAGE_OPEN},
	{MSG_VERIFIED, STAGE_OPEN},
	{MSG_BEAT, STAGE_OPEN},
	{MSG_EVENT, STAGE_OPEN},
	{MSG_EVIDENCE, STAGE_OPEN},
	{MSG_HASS, STAGE_OPEN},
	{MSG_HASS_KEY, STAGE_OPEN},
	{MSG_HASS_SMS_END, STAGE_OPEN},
	{MSG_AUDIT_REPORT, STAGE_OPEN},
	{MSG_TELEMETRY, STAGE_OPEN},
	{MSG_SEALED, STAGE_OPEN},
	{MSG_BYE, STAGE_HELLO | STAGE_OPEN | STAGE_BUNDLE},
};

static const struct rule to_agent[] = {
	{MSG_WELCOME, STAGE_OPEN | STAGE_BUNDLE},
	{MSG_CERT, STAGE_OPEN | STAGE_BUNDLE},
	{MSG_RELEASE, STAGE_OPEN},
	{MSG_BEAT_ACK, STAGE_OPEN},
	{MSG_EVENT_ACK, STAGE_OPEN},
	{MSG_EVIDENCE_ACK, STAGE_OPEN},
	{MSG_VERIFY, STAGE_OPEN},
	{MSG_HASS_BOX, STAGE_OPEN},
	{MSG_HASS_MAC, STAGE_OPEN},
	{MSG_HASS_KEY_ACK, STAGE_OPEN},
	{MSG_HASS_SMS, STAGE_OPEN},
	{MSG_AUDIT_ORDER, STAGE_OPEN},
	{MSG_AUDIT_ACK, STAGE_OPEN},
	{MSG_SERVICE, STAGE_OPEN},
	{MSG_SEAL, STAGE_OPEN},
	{MSG_SEAL_KEY, STAGE_OPEN},
};

static bool allowed(const struct rule *rules, size_t n, uint16_t type, enum link_stage stage)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].type == type)
			return rules[i].stages & stage;
	return false;
}

bool link_may_receive(uint16_t type, enum link_stage stage)
{
	return allowed(from_agent, sizeof(from_agent) / sizeof(*from_agent), type, stage);
}

bool link_may_send(uint16_t type, enum link_stage stage)
{
	return allowed(to_agent, sizeof(to_agent) / sizeof(*to_agent), type, stage);
}

bool host_name_ok(const char *name)
{
	if (!isalnum((unsigned char)*name) || strlen(name) >= HOST_NAME_MAX_WD)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}
