// SPDX-License-Identifier: Apache-2.0
// hosts - machines and the daemons on them: state, load, start and stop
import { html, useEffect, useRef, useState } from "htm/preact/standalone";
import { get, post, seg } from "../api.js";
import { t, word } from "../i18n.js";
import { bytes, number, visible } from "../format.js";
import { theme, zone } from "../prefs.js";
import { href, route } from "../route.js";
import { may } from "../session.js";
import { useJob } from "../job.js";
import { useEvery, useLoad, useMedia, useSignal } from "../signal.js";
import { on } from "../stream.js";
import { Badge, HostState, Mode, ServiceState } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { Table } from "../ui/list.js";
import { Act, Card, Empty, Facts, Failed, Loaded, Loading, Notice, Tabs } from "../ui/parts.js";
import { Full, Time } from "../ui/text.js";

function Chart({ data, field, limit, label, hours }) {
	const box = useRef(null), th = useSignal(theme), z = useSignal(zone), dark = useMedia("(prefers-color-scheme: dark)");

	useEffect(() => {
		let chart, gone = false, watch;

		import("../ui/chart.js").then(({ draw }) => {
			if (gone || !box.current)
				return;
			chart = draw(box.current, data, field, limit, z === "utc", hours);
			watch = new ResizeObserver(() => chart.setSize({ width: box.current.clientWidth, height: 160 }));
			watch.observe(box.current);
		});
		return () => { gone = true; watch?.disconnect(); chart?.destroy(); };
	}, [data, th, z, dark, hours]);
	const values = data[field].filter((v) => v !== null), last = values.at(-1);

	return html`<figure class="chart"><figcaption><b>${label}</b> <span class=${last > limit ? "danger-text" : ""}>${number(last, 0)} %</span> <span class="faint">${t("host.limit", { n: limit })}</span></figcaption>
		<div ref=${box} role="img" aria-label=${`${label}: ${number(last, 0)} %, ${t("host.highest")} ${number(Math.max(0, ...values), 0)} %`}></div></figure>`;
}

function Metrics({ host }) {
	const [hours, setHours] = useState("24");
	const m = useLoad(() => get(`/hosts/${seg(host)}/metrics`, { hours }), [host, hours]);

	useEvery(60000, m.reload);
	return html`<${Card} title=${t("host.load")} icon="events" class="span-2" actions=${html`<${Tabs} label=${t("host.period")} value=${hours} onChange=${setHours}
		tabs=${[["1", t("host.hours", { n: 1 })], ["24", t("host.hours", { n: 24 })], ["168", t("host.days", { n: 7 })]]} />`}>
		<${Loaded} of=${m}>${(d) => (d.time || []).length ? html`<div class="two"><${Chart} data=${d} hours=${Number(hours)} field="cpu" limit=${d.limit_cpu || 80} label=${t("host.cpu")} /><${Chart} data=${d} hours=${Number(hours)} field="memory" limit=${d.limit_memory || 80} label=${t("host.memory")} /></div>`
			: html`<${Empty} icon="events" title=${t("host.no_metrics")}>${t("host.no_metrics_text")}<//>`}<//><//>`;
}

export function Services({ host }) {
	const all = useLoad(() => get("/services"), []);
	const mine = (s) => (host === undefined || s.host === host);
	const act = async (s, what) => { await post(`/services/${seg(s.host || "-")}/${seg(s.name)}/${what}`, {}); all.reload(); };
	const icons = { start: "play", stop: "pause", restart: "refresh" };

	useEvery(10000, all.reload);
	return html`<${Loaded} of=${all}>${(d) => !d.rows.some(mine) ? html`<${Empty} icon="hosts" title=${t("service.unheard")} />` : html`<${Table} label=${t("host.services")} rows=${d.rows.filter(mine)} keyOf=${(s) => `${s.host}/${s.name}`} columns=${[
		...(host === undefined ? [{ key: "host", name: t("event.host"), cell: (s) => visible(s.host) || t("host.publisher") }] : []),
		{ key: "name", name: t("service.name"), cell: (s) => html`<b>${visible(s.name)}</b>` },
		{ key: "state", name: t("files.state"), cell: (s) => html`<${ServiceState} value=${s.state} />` },
		{ key: "since", name: t("service.since"), cell: (s) => html`<${Time} value=${s.since} relative />` },
		{ key: "pid", name: t("event.pid"), class: "num", cell: (s) => s.pid || "–" },
		{ key: "cpu", name: t("host.cpu"), class: "num", cell: (s) => (typeof s.cpu === "number" ? `${number(s.cpu, 1)} %` : "–") },
		{ key: "rss", name: t("host.memory"), class: "num", cell: (s) => bytes(s.rss) },
		{ key: "restarts", name: t("service.restarts"), class: "num", cell: (s) => number(s.restarts ?? 0) },
		{ key: "act", name: "", class: "buttons", cell: (s) => may("act") && (s.acts || []).map((a) => html`<${Act} key=${a} icon=${icons[a]} class="quiet" label=${`${t(`service.${a}`)} ${visible(s.name)}`} run=${() => act(s, a)} />`) },
	]} />`}<//>`;
}

function Host({ h, reload }) {
	const [show, notice] = useJob(reload);

	return html`<p class="crumbs"><a href=${href("hosts")}>${t("page.hosts")}</a><${Icon} name="right" size=${12} /><span class="ellipsis">${visible(h.host)}</span></p>
		<div class="headline"><${HostState} host=${h} /><h2 class="ellipsis" title=${h.host}>${visible(h.host)}</h2><div class="actions">
			<a class="button" href=${href("events", [], { host: h.host })}><${Icon} name="events" /><span>${t("page.events")}</span></a>
			${may("act") && html`<${Act} icon="check" class="primary" run=${async () => show(await post(`/hosts/${seg(h.host)}/verify`, { wait: true }))}>${t("site.verify")}<//>`}</div></div>${notice}
		${h.note && html`<${Notice} tone="warning">${visible(h.note)}<//>`}
		<div class="columns"><${Card} title=${t("host.state")} icon="hosts"><${Facts} rows=${[
			[t("host.health"), word("health", h.health)], [t("host.source"), h.source === "kmod" ? html`<${Badge} tone="ok" icon="shield">${word("source", h.source)}<//>` : html`<${Badge} tone="warning">${word("source", h.source)}<//>`],
			h.sealed !== undefined && h.sealed !== null && [t("host.sealed"), html`<${Badge} tone=${h.sealed ? "ok" : "warning"} icon="seal">${h.sealed ? t("host.sealed_yes") : t("host.sealed_no")}<//>`],
			[t("host.since"), html`<${Full} value=${h.since} />`], [t("host.seen"), html`<${Time} value=${h.seen} relative />`], [t("host.address"), visible(h.address || h.connect)],
			[t("host.version"), visible(h.version)], [t("host.pending"), number(h.pending)], [t("host.dropped"), h.dropped ? html`<${Badge} tone="critical">${number(h.dropped)}<//>` : "0"]]} /><//>
		<${Card} title=${t("page.sites")} icon="sites"><${Table} label=${t("page.sites")} rows=${h.sites || []} keyOf=${(s) => s.site} columns=${[
			{ key: "site", name: t("event.site"), cell: (s) => html`<a href=${href("sites", [s.site])}>${visible(s.site)}</a>` }, { key: "serial", name: t("site.serial"), class: "num", cell: (s) => s.serial },
			{ key: "mode", name: t("site.mode"), cell: (s) => html`<${Mode} value=${s.mode} />` }, { key: "refused", name: t("site.refused"), cell: (s) => visible(s.refused) || "–" }]} /><//>
		<${Metrics} host=${h.host} /><${Card} title=${t("host.services")} icon="settings" class="span-2"><${Services} host=${h.host} /><//></div>`;
}

const Cards = ({ rows }) => html`<div class="cards">${rows.map((h) => html`<a key=${h.host} class="card linked" href=${href("hosts", [h.host])}>
	<div class="pair-head"><h2><${Icon} name="hosts" /><span class="ellipsis" title=${h.host}>${visible(h.host)}</span></h2><${HostState} host=${h} /></div>
	<div class="fleet-sites">${(h.sites || []).map((s) => html`<span key=${s.site}><span class="faint ellipsis">${visible(s.site)}</span> <${Mode} value=${s.mode} /></span>`)}</div>
	<div class="meta"><span>${word("source", h.source)}</span><span>${visible(h.version)}</span><span><${Time} value=${h.seen} relative /></span></div></a>`)}</div>`;

export function Hosts() {
	const { parts } = useSignal(route), list = useLoad(() => get("/hosts"), []);

	useEffect(() => {
		const offs = ["host", "reset"].map((type) => on(type, list.reload));
		return () => offs.forEach((off) => off());
	}, [list.reload]);
	const one = parts[0] && list.data?.rows.find((h) => h.host === parts[0]);

	if (one)
		return html`<${Host} key=${one.host} h=${one} reload=${list.reload} />`;
	return html`<${Loaded} of=${list} empty=${html`<${Empty} icon="hosts" title=${t("host.none")}>${t("host.none_text")}<//>`}>${(d) => html`<${Cards} rows=${d.rows} />`}<//>
		<${Card} title=${t("host.services")} icon="settings"><${Services} /><//>`;
}
