// SPDX-License-Identifier: Apache-2.0
// badge - severity by colour, icon and word together; never by colour alone
import { html } from "htm/preact/standalone";
import { Icon } from "./icon.js";
import { t, word } from "../i18n.js";

/* What became of an event: how grave, which sign. */
const OUTCOMES = {
	pending: ["info", "pending"], denied: ["ok", "shield"], clean: ["neutral", "check"],
	restored: ["warning", "restored"], removed: ["warning", "removed"],
	waiting: ["warning", "pending"], failed: ["critical", "critical"], noted: ["info", "info"],
};

export const outcomeTone = (outcome) => (OUTCOMES[outcome] || ["neutral"])[0];

export function Badge({ tone = "neutral", icon, children, title }) {
	return html`<span class=${`badge ${tone}`} title=${title || null}>
		<${Icon} name=${icon || tone} size=${14} /><span class="badge-word">${children}</span></span>`;
}

export function Outcome({ value }) {
	const [tone, icon] = OUTCOMES[value] || ["neutral", "neutral"];

	return html`<${Badge} tone=${tone} icon=${icon}>${word("outcome", value)}<//>`;
}

export function Severity({ value }) {
	const tone = ["critical", "warning", "info"].includes(value) ? value : "neutral";

	return html`<${Badge} tone=${tone}>${word("severity", value)}<//>`;
}

const HOST_TONES = { connected: "ok", online: "ok", up: "ok", late: "warning", away: "critical",
	missing: "critical", lost: "critical", new: "info", enrolled: "info" };

/* A connection may stand for minutes after its cable was pulled: a host that is silent is not there. */
export const present = (host) => host.connected && host.state !== "silent";

export function HostState({ host }) {
	const tone = present(host) ? HOST_TONES[host.state] === "warning" ? "warning" : "ok"
		: HOST_TONES[host.state] || "critical";
	return html`<${Badge} tone=${tone}>${present(host) ? t("host.connected") : word("host", host.state)}<//>`;
}

const MODES = { enforce: ["ok", "shield"], audit: ["info", "info"], off: ["critical", "critical"] };

export function Mode({ value }) {
	const [tone, icon] = MODES[value] || ["neutral", "neutral"];

	return html`<${Badge} tone=${tone} icon=${icon}>${word("mode", value)}<//>`;
}

const SERVICES = { running: "ok", stopped: "neutral", failed: "critical" };

export const ServiceState = ({ value }) =>
	html`<${Badge} tone=${SERVICES[value] || "neutral"}>${word("service", value)}<//>`;

const VERDICTS = { GOOD: ["ok", "ok"], VULNERABLE: ["critical", "critical"],
	MANUAL: ["warning", "users"], ERROR: ["warning", "warning"], "N/A": ["neutral", "neutral"] };

export function Verdict({ value, waived }) {
	const [tone, icon] = waived ? ["info", "check"] : VERDICTS[value] || VERDICTS["N/A"];

	return html`<${Badge} tone=${tone} icon=${icon}>${waived ? t("audit.waived") : word("verdict", value)}<//>`;
}
