// SPDX-License-Identifier: Apache-2.0
// hass - the unit beside the web server: is it well, does the telephone network hear it, and CUT
import { html, useEffect, useState } from "htm/preact/standalone";
import { get, post, seg } from "../api.js";
import { t, word } from "../i18n.js";
import { number, visible } from "../format.js";
import { may } from "../session.js";
import { useEvery, useLoad } from "../signal.js";
import { on } from "../stream.js";
import { Badge } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { Act, Card, Empty, Facts, Loaded, Notice, toast } from "../ui/parts.js";
import { Typed } from "../ui/dialog.js";
import { Signal, Strip } from "../ui/strip.js";
import { Time } from "../ui/text.js";

const TONES = { ok: "ok", trouble: "warning", absent: "critical", none: "neutral" };

function Relay({ value }) {
	if (value === "open")
		return html`<${Badge} tone="critical" icon="cut">${t("hass.relay_open")}<//>`;
	return value === "closed" ? html`<${Badge} tone="ok" icon="link">${t("hass.relay_closed")}<//>` : html`<${Badge}>${t("hass.relay_unknown")}<//>`;
}

function Unit({ u, reload }) {
	const [cutting, setCutting] = useState(false);
	const path = `/hass/${seg(u.host)}`;
	const there = u.state === "ok" || u.state === "trouble";
	const errors = Object.entries(u.errors || {}).filter(([, n]) => n);

	async function cut(confirm) {
		await post(`${path}/cut`, { confirm });
		toast(t("hass.cut_done", { host: visible(u.host) }), "warning");
		reload();
	}
	return html`<${Card} title=${visible(u.host)} icon="hass" class="unit" actions=${html`<${Badge} tone=${TONES[u.state]}>${word("hassstate", u.state)}<//>`}>
		${u.problem && html`<${Notice} tone="warning">${visible(u.problem)}<//>`}
		${u.relay === "open" && html`<${Notice} tone="critical">${t("hass.is_cut")}<//>`}
		<div class="two"><${Facts} rows=${[[t("hass.relay"), html`<${Relay} value=${u.relay} />`], [t("hass.signal"), html`<${Signal} dbm=${u.signal} />`],
			[t("hass.network"), u.registered ? visible(u.operator) || t("hass.registered") : t("hass.not_registered")], [t("host.version"), visible(u.version)]]} />
		<${Facts} rows=${[[t("hass.last_beat"), html`<${Time} value=${u.last_beat} relative />`], [t("hass.missed"), u.missed ? html`<${Badge} tone="warning">${number(u.missed)}<//>` : "0"],
			[t("hass.sms_sent"), number(u.sms_sent ?? 0)], [t("hass.errors"), errors.length ? html`<span class="chips-line">${errors.map(([k, n]) => html`<span key=${k} class="chip">${visible(k)} <b>${number(n)}</b></span>`)}</span>` : t("hass.no_errors")]]} /></div>
		<div class="beat-line"><span class="faint">${t("hass.beats")}</span><${Strip} strip=${u.beats} label=${t("hass.beats")} /></div>
		${may("act") && html`<footer class="card-foot"><${Act} icon="notifications" disabled=${!there} run=${async () => { await post(`${path}/test-sms`, {}); toast(t("hass.sms_asked")); }}>${t("hass.test_sms")}<//>
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
