// SPDX-License-Identifier: Apache-2.0
// overview - is everything well? If not, what first?
import { html, useEffect } from "htm/preact/standalone";
import { get, post } from "../api.js";
import { t, word } from "../i18n.js";
import { number, visible } from "../format.js";
import { href } from "../route.js";
import { may } from "../session.js";
import { useEvery, useLoad } from "../signal.js";
import { on } from "../stream.js";
import { Badge, HostState, Mode, present, Severity } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { Act, Card, Empty, Loaded } from "../ui/parts.js";
import { DayChart, Strip } from "../ui/strip.js";
import { Time } from "../ui/text.js";

const in24h = (o, names) => names.reduce((n, k) => n + (o.counts?.[k] || 0), 0);

function Tile({ tone, icon, value, of, label, to }) {
	return html`<a class=${`tile ${tone}`} href=${to}><span class="tile-icon"><${Icon} name=${icon} size=${22} /></span>
		<span class="tile-text"><span class="tile-value">${number(value)}${of !== undefined && html`<small> / ${number(of)}</small>`}</span>
		<span class="tile-label">${label}</span></span></a>`;
}

function Tiles({ o }) {
	const up = o.hosts.filter(present).length;
	const synced = o.sites.filter((s) => !s.problem && !s.watch_problem).length;
	const failed = in24h(o, ["failed", "waiting"]);
	const alarms = o.alarms.filter((a) => a.state === "open");
	const worst = alarms.some((a) => a.severity === "critical") ? "critical" : alarms.length ? "warning" : "ok";

	return html`<div class="tiles">
		<${Tile} tone=${up === o.hosts.length ? "ok" : "critical"} icon="hosts" value=${up} of=${o.hosts.length} label=${t("overview.hosts")} to=${href("hosts")} />
		<${Tile} tone=${worst} icon=${worst === "ok" ? "ok" : worst} value=${alarms.length} label=${t("overview.alarms")} to="#/overview" />
		<${Tile} tone=${synced === o.sites.length ? "ok" : "warning"} icon="sites" value=${synced} of=${o.sites.length} label=${t("overview.sites")} to=${href("sites")} />
		<${Tile} tone="ok" icon="shield" value=${in24h(o, ["denied"])} label=${t("overview.denied")} to=${href("events", [], { outcome: "denied" })} />
		<${Tile} tone=${in24h(o, ["restored", "removed"]) ? "warning" : "neutral"} icon="restored" value=${in24h(o, ["restored", "removed"])} label=${t("overview.repaired")} to=${href("events", [], { outcome: "restored,removed" })} />
		<${Tile} tone=${failed ? "critical" : "neutral"} icon="critical" value=${failed} label=${t("overview.failed")} to=${href("events", [], { outcome: "failed,waiting" })} />
	</div>`;
}

/* Where one looks into it: the event that began it, or the page that knows more. */
const PLACES = [[/^audit-/, "audit"], [/^hass-/, "hass"], [/^login-/, "auditlog"], [/^(cpu|memory)-/, "hosts"]];

function placeOf(a) {
	if (a.event)
		return href("events", a.event.split("/"));
	const page = PLACES.find(([kinds]) => kinds.test(a.kind))?.[1];

	return page && (page !== "auditlog" || may("read-books")) ? href(page, page === "hosts" && a.host ? [a.host] : []) : null;
}

function Alarms({ rows, reload }) {
	if (!rows.length)
		return html`<${Empty} icon="ok" title=${t("alarm.none")} />`;
	return html`<ul class="alarms">${rows.map((a) => html`<li key=${a.id} class=${a.state}>
		<${Severity} value=${a.severity} />
		<div class="alarm-text"><b>${word("alarm", a.kind)}</b>${a.count > 1 && html` <span class="count">×${number(a.count)}</span>`}
			<p>${visible(a.text)}</p>${a.remedy && html`<p class="remedy">${visible(a.remedy)}</p>`}<span class="faint">${[a.host, a.subject].filter(Boolean).map(visible).join(" · ")} <${Time} value=${a.raised} relative /></span></div>
		<div class="actions">${placeOf(a) && html`<a class="button" href=${placeOf(a)}>${t("do.show")}</a>`}
			${a.state === "open" ? may("act") && html`<${Act} icon="check" run=${() => post(`/alarms/${a.id}/ack`, {}).then(reload)}>${t("do.ack")}<//>`
			: html`<span class="faint">${t("alarm.acked", { by: visible(a.ack?.by) })}</span>`}</div></li>`)}</ul>`;
}

function Beats({ beats }) {
	if (!beats.length)
		return html`<${Empty} icon="pending" title=${t("beat.none")} />`;
	const tone = { ok: "ok", late: "warning", missed: "critical" };

	return html`<ul class="beats">${beats.map((b) => html`<li key=${`${b.from}>${b.to}`}>
		<span class="beat-name">${visible(b.from)} <${Icon} name="right" size=${12} /> ${visible(b.to)}</span>
		${b.strip ? html`<${Strip} strip=${b.strip} label=${`${b.from} – ${b.to}`} />` : html`<span></span>`}
		<${Badge} tone=${tone[b.state] || "neutral"}>${word("beat", b.state)}<//></li>`)}</ul>`;
}

const Fleet = ({ hosts }) => html`<ul class="fleet">${hosts.map((h) => html`<li key=${h.host}>
	<a href=${href("hosts", [h.host])}><b class="ellipsis" title=${h.host}>${visible(h.host)}</b><${HostState} host=${h} /></a>
	<div class="fleet-sites">${(h.sites || []).map((s) => html`<span key=${s.site}><span class="faint">${visible(s.site)}</span> <${Mode} value=${s.mode} /></span>`)}</div></li>`)}</ul>`;

export function Overview() {
	const o = useLoad(async () => {
		const [state, alarms] = await Promise.all([get("/overview"), get("/alarms", { state: "open,acknowledged", limit: 50 })]);
		return { ...state, alarms: alarms.rows };
	}, []);
	let waiting = 0;

	useEvery(30000, o.reload);
	// News come in bursts: one new look a second is enough.
	useEffect(() => {
		const soon = () => { waiting ||= setTimeout(() => { waiting = 0; o.reload(); }, 1000); };
		const offs = ["event", "alarm", "host", "site", "reset"].map((type) => on(type, soon));
		return () => { clearTimeout(waiting); offs.forEach((off) => off()); };
	}, [o.reload]);

	return html`<${Loaded} of=${o}>${(d) => html`<${Tiles} o=${d} />
		<div class="columns">
			<${Card} title=${t("overview.timeline")} icon="events" class="span-2"><${DayChart} timeline=${d.timeline || []} /><//>
			<${Card} title=${t("overview.open_alarms")} icon="notifications"><${Alarms} rows=${d.alarms} reload=${o.reload} /><//>
			<${Card} title=${t("overview.beats")} icon="hass"><${Beats} beats=${d.beats || []} /><//>
			<${Card} title=${t("overview.fleet")} icon="hosts" class="span-2">${d.hosts.length ? html`<${Fleet} hosts=${d.hosts} />`
				: html`<${Empty} icon="hosts" title=${t("host.none")}>${t("host.none_text")}<//>`}<//>
		</div>`}<//>`;
}
