// SPDX-License-Identifier: Apache-2.0
// hass - the unit beside the web server: is it well, does the telephone network hear it, and CUT
import { html, useEffect, useState } from "htm/preact/standalone";
import { get, post, seg } from "../api.js";
import { t, word } from "../i18n.js";
import { duration, number, visible } from "../format.js";
import { may } from "../session.js";
import { useEvery, useLoad } from "../signal.js";
import { on } from "../stream.js";
import { Badge } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { Act, Card, Empty, Facts, Loaded, Notice, toast } from "../ui/parts.js";
import { Typed } from "../ui/dialog.js";
import { Signal } from "../ui/strip.js";
import { Time } from "../ui/text.js";

/* +CSQ to dBm (3GPP TS 27.007). */
const dbm = (csq) => (typeof csq === "number" && csq <= 31 ? -113 + 2 * csq : null);

/* What the agent reports of its unit, as this page speaks of it. */
function shape(u) {
	const up = u.line === "up" && u.connected;
	const troubles = [!u.connected ? t("hass.away") : u.line !== "up" && word("hassline", u.line), u.why, u.sim_pin_refused && t("hass.sim_pin"),
		u.beat_lost && t("hass.beat_lost"), u.withheld && t("hass.withheld", { why: u.withheld }), up && !u.provisioned && t("hass.unprovisioned")].filter(Boolean);

	return { ...u, state: !up ? "absent" : troubles.length ? "trouble" : "ok", troubles, relay: typeof u.cut === "boolean" ? (u.cut ? "open" : "closed") : "unknown", dbm: dbm(u.signal) };
}

const TONES = { ok: "ok", trouble: "warning", absent: "critical", none: "neutral" };

function Relay({ value }) {
	if (value === "open")
		return html`<${Badge} tone="critical" icon="cut">${t("hass.relay_open")}<//>`;
	return value === "closed" ? html`<${Badge} tone="ok" icon="link">${t("hass.relay_closed")}<//>` : html`<${Badge}>${t("hass.relay_unknown")}<//>`;
}

function Unit({ u: raw, reload }) {
	const u = shape(raw);
	const [cutting, setCutting] = useState(false);
	const path = `/hass/${seg(u.host)}`;
	const there = u.state === "ok" || u.state === "trouble";
	const counters = Object.entries(u.counters || {}).filter(([, n]) => n);

	async function cut(confirm) {
		const answer = await post(`${path}/cut`, { confirm });
		toast(answer.how ? `${visible(u.host)}: ${visible(answer.how)}` : t("hass.cut_done", { host: visible(u.host) }), "warning");
		reload();
	}
	return html`<${Card} title=${visible(u.host)} icon="hass" class="unit" actions=${html`<${Badge} tone=${TONES[u.state]}>${word("hassstate", u.state)}<//>`}>
		${u.troubles.map((text) => html`<${Notice} key=${text} tone="warning">${visible(text)}<//>`)}
		${u.relay === "open" && html`<${Notice} tone="critical">${t("hass.is_cut")}<//>`}
		<div class="two"><${Facts} rows=${[[t("hass.relay"), html`<${Relay} value=${u.relay} />`], [t("hass.signal"), html`<${Signal} dbm=${u.dbm} />`],
			[t("hass.network"), u.registered ? t("hass.registered") : t("hass.not_registered")], [t("hass.modem"), visible(u.modem)], [t("host.version"), visible(u.firmware)]]} />
		<${Facts} rows=${[[t("hass.last_report"), html`<${Time} value=${u.at} relative />`], [t("hass.vouched"), u.vouched ? html`<${Badge} tone="ok">${t("hass.vouched_yes", { n: number(u.vouched_times ?? 0) })}<//>` : html`<${Badge} tone=${u.beat_expected ? "warning" : "neutral"}>${u.beat_expected ? t("hass.vouched_no") : t("hass.vouched_off")}<//>`],
			[t("hass.missed"), u.missed ? html`<${Badge} tone="warning">${number(u.missed)}<//>` : "0"], [t("hass.uptime"), duration((u.uptime || 0) * 1e6)],
			[t("hass.counters"), counters.length ? html`<span class="chips-line">${counters.map(([k, n]) => html`<span key=${k} class="chip">${visible(k)} <b>${number(n)}</b></span>`)}</span>` : t("hass.no_errors")]]} /></div>
		${may("act") && html`<footer class="card-foot">${may("manage") && html`<${Act} icon="notifications" disabled=${!there} run=${async () => { await post("/notifications/test", { channel: "sms" }); toast(t("hass.sms_asked")); }}>${t("hass.test_sms")}<//>`}
			<button type="button" class="danger" name="cut" disabled=${u.relay === "open" || !there} onClick=${() => setCutting(true)}><${Icon} name="cut" /><span>${t("hass.cut")}</span></button></footer>`}
		${cutting && html`<${Typed} title=${t("hass.cut_title", { host: visible(u.host) })} text=${t("hass.cut_text")} word=${u.host} action=${t("hass.cut")} run=${cut} onClose=${() => setCutting(false)} />`}<//>`;
}

export function Hass() {
	const list = useLoad(() => get("/hass"), []);

	useEvery(10000, list.reload);
	useEffect(() => {
		const offs = ["hass", "reset"].map((type) => on(type, list.reload));
		return () => offs.forEach((off) => off());
	}, [list.reload]);
	return html`<${Loaded} of=${list} empty=${html`<${Empty} icon="hass" title=${t("hass.none")}>${t("hass.none_text")}<//>`}>${(d) => html`<div class="cards wide">${d.rows.map((u) => html`<${Unit} key=${u.host} u=${u} reload=${list.reload} />`)}</div>
		<p class="hint">${t("hass.restore_hint")}</p>`}<//>`;
}
