// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "alarm_kinds.h"

const struct alarm_kind_info alarm_kinds[ALARM_KINDS] = {
	[ALARM_TAMPERING] =
		{"tampering", SEVERITY_CRITICAL, true, "Web files are being tampered with",
		 "Look at the events of this host (wdpub events --host HOST): which program"
		 " and user did it? Close that way in; restoring goes on meanwhile."},
	[ALARM_SCRUB_MISMATCH] =
		{"scrub-mismatch", SEVERITY_CRITICAL, true,
		 "A check found files that nobody was seen changing",
		 "They were put back. Find out how they changed unseen: was the"
		 " disk mounted elsewhere, the machine off, the monitor not loaded?"},
	[ALARM_NOT_RESTORED] = {"not-restored", SEVERITY_CRITICAL, false,
				"Files are wrong and cannot be put right",
				"Visitors may see wrong pages. Look at `wdctl status` on the host;"
				" if need be take it from the network (wdpub hass cut HOST)."},
	[ALARM_AGENT_SILENT] =
		{"agent-silent", SEVERITY_CRITICAL, false, "A web server's agent is not heard from",
		 "Is the machine up, and the network between? On it: systemctl"
		 " status webdefenderd. Enforcement in the kernel goes on without it."},
	[ALARM_MONITOR_INVALID] = {"monitor-invalid", SEVERITY_CRITICAL, false,
				   "The monitor in the kernel is not at work",
				   "Nothing is denied and changes are found late. On the host:"
				   " modprobe webdefender, then look at dmesg."},
	[ALARM_SOURCE_STEPDOWN] =
		{"source-stepdown", SEVERITY_WARNING, false,
		 "A host protects with less than the kernel module",
		 "Changes are put back but cannot be denied. Install the module for"
		 " its kernel, or accept it by acknowledging."},
	[ALARM_MODE_LOWERED] = {"mode-lowered", SEVERITY_WARNING, false,
				"Protection of a site was lowered",
				"If nobody of yours did that, somebody else is root on the host."
				" `wdctl mode enforce` puts it back."},
	[ALARM_UNSEALED] = {"unsealed", SEVERITY_CRITICAL, false,
			    "A host that should be sealed is not",
			    "Root on it can switch protection off. If you did not unseal it, treat"
			    " the host as taken over; `wdpub seal HOST` seals it again."},
	[ALARM_EVENTS_LOST] = {"events-lost", SEVERITY_WARNING, true, "The kernel lost events",
			       "All sites of the host are being checked. If it comes again, the"
			       " host is flooded with attempts, or too busy."},
	[ALARM_AGENT_HEALTH] =
		{"agent-health", SEVERITY_WARNING, false, "An agent says that it is not well",
		 "The text says what it lacks; `wdctl status` on the host says more."},
	[ALARM_RELEASE_REFUSED] = {"release-refused", SEVERITY_WARNING, false,
				   "A host refused a release",
				   "It keeps the content it has. The text says why; mend that and"
				   " push again (wdpub push SITE)."},
	[ALARM_RELEASE_EXPIRING] = {"release-expiring", SEVERITY_WARNING, false,
				    "A release is about to expire",
				    "It should have been renewed by itself: is the keys role up, is"
				    " the backup directory in order (wdpub status)?"},
	[ALARM_EVIDENCE_FULL] = {"evidence-full", SEVERITY_WARNING, false,
				 "A disk for evidence is nearly full",
				 "New evidence will be lost. Copy the old away and remove it, or"
				 " give more room (evidence-max)."},
	[ALARM_CPU_HIGH] = {"cpu-high", SEVERITY_WARNING, false, "A processor is busy for long",
			    "Look at what runs (top): visitors, an attack, or one of our own"
			    " services?"},
	[ALARM_MEMORY_HIGH] =
		{"memory-high", SEVERITY_WARNING, false, "Memory is nearly used up",
		 "Look at what uses it (top -o %MEM) before the kernel begins to kill."},
	[ALARM_SERVICE_DOWN] = {"service-down", SEVERITY_WARNING, false,
				"A service of an agent does not run",
				"It is started again by itself; if it stays down, the log of the"
				" host says why (journalctl -u webdefenderd)."},
	[ALARM_HASS_SILENT] = {"hass-silent", SEVERITY_CRITICAL, false,
			       "A hardware unit is not heard from",
			       "No SMS and no cut from there. Look at its cable, its power and"
			       " `wdctl hass status`."},
	[ALARM_HASS_TROUBLE] = {"hass-trouble", SEVERITY_WARNING, false,
				"A hardware unit reports trouble",
				"The text says what; `wdctl hass status` on the host says more."},
	[ALARM_PUBLISHER_ROLE] = {"publisher-role", SEVERITY_CRITICAL, false,
				  "A part of the publisher does not stay up",
				  "It is started again by itself, ever later; the publisher's log"
				  " says why (journalctl -u wdpublisherd)."},
	[ALARM_PUBLISHER_BEHIND] = {"publisher-behind", SEVERITY_CRITICAL, false,
				    "A host knows a newer release than the publisher",
				    "An old backup of the publisher was put back. Publish above it:"
				    " wdpub push SITE --above SERIAL."},
	[ALARM_BACKUP_SYNC] = {"backup-sync", SEVERITY_WARNING, false,
			       "A backup directory cannot be published",
			       "The hosts keep the last good content. The text says what is wrong"
			       " with the directory."},
	[ALARM_HOST_REJECTED] = {"host-rejected", SEVERITY_WARNING, true,
				 "A connection was refused",
				 "A host with an old or foreign certificate called. If it is yours,"
				 " enrol it again (wdpub host add NAME --again)."},
	[ALARM_LOGIN_FAILED] = {"login-failed", SEVERITY_WARNING, true,
				"Somebody cannot log in to the console",
				"A forgotten password, or somebody trying: the address is in the"
				" text."},
	[ALARM_DELIVERY_FAILED] = {"delivery-failed", SEVERITY_WARNING, false,
				   "Messages do not get through on one channel",
				   "They wait and are tried again. `wdpub notify log` shows the"
				   " answers; `wdpub notify test CHANNEL` tries at once."},
	[ALARM_AUDIT_WORSE] = {"audit-worse", SEVERITY_WARNING, false,
			       "A server is configured worse than it was",
			       "`wdpub audit show HOST` says what is wrong and how it is put right;"
			       " an upgrade may have brought old modes back."},
	[ALARM_CLOCK_WRONG] = {"clock-wrong", SEVERITY_WARNING, false,
			       "The clock of a host is wrong",
			       "Certificates and releases are judged by clocks, and times of events"
			       " mislead: set up NTP on the host (timedatectl)."},
	[ALARM_CERTIFICATE_EXPIRING] =
		{"certificate-expiring", SEVERITY_WARNING, false, "A certificate is about to end",
		 "A host renews its own while it is connected; if not, enrol it again (wdpub host"
		 " add NAME --again). Replace one that you brought (publisher.conf)."},
	[ALARM_BACKUP_FAILED] = {"backup-failed", SEVERITY_WARNING, false,
				 "The last backup of the publisher failed",
				 "Without a backup a lost disk means new keys and enrolling every"
				 " host again. The text says why; `wdpub backup` tries again."},
	[ALARM_TEST] = {"test", SEVERITY_INFO, true, "This is a test",
			"Nothing. If you read this, the channel works."},
};

int alarm_kind_parse(const char *name)
{
	for (int i = 0; i < ALARM_KINDS; i++)
		if (!strcmp(alarm_kinds[i].name, name))
			return i;
	return -1;
}

static const char *const severities[SEVERITIES] = {"info", "warning", "critical"};

int alarm_severity_parse(const char *name)
{
	for (int i = 0; i < SEVERITIES; i++)
		if (!strcmp(severities[i], name))
			return i;
	return -1;
}

const char *alarm_severity_name(int severity)
{
	return severity >= 0 && severity < SEVERITIES ? severities[severity] : "unknown";
}
