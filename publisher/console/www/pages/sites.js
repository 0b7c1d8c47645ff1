// SPDX-License-Identifier: Apache-2.0
// sites - backup directory and what each host has of it; releases, rollback, verify, push
import { html, useEffect, useState } from "htm/preact/standalone";
import { get, post, del, seg } from "../api.js";
import { t, word } from "../i18n.js";
import { bytes, number, visible } from "../format.js";
import { href, route, go } from "../route.js";
import { may } from "../session.js";
import { useJob } from "../job.js";
import { useLoad, useSignal } from "../signal.js";
import { on } from "../stream.js";
import { Badge, Mode } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { Act, Card, Empty, Facts, Loaded, Notice } from "../ui/parts.js";
import { FormDialog, Typed } from "../ui/dialog.js";
import { Field, lines, unlines } from "../ui/form.js";
import { Table } from "../ui/list.js";
import { Full, Hash, Path, Time } from "../ui/text.js";

function State({ site: s }) {
	if (s.problem || s.watch_problem)
		return html`<${Badge} tone="critical">${t("site.problem")}<//>`;
	if (s.busy)
		return html`<${Badge} tone="info" icon="refresh">${word("site", s.state)}<//>`;
	if (s.held)
		return html`<${Badge} tone="warning" icon="pause">${t("site.held", { n: s.held })}<//>`;
	return html`<${Badge} tone=${s.serial ? "ok" : "neutral"}>${s.serial ? t("site.in_step") : t("site.no_release")}<//>`;
}

const verified = (v) => (typeof v === "number" ? (v ? new Date(v * 1000).toISOString() : "") : v);

function HostLag({ site, h }) {
	const behind = (site.serial || 0) - (h.serial || 0);

	if (h.refused)
		return html`<${Badge} tone="critical" title=${visible(h.refused)}>${t("site.refused")}<//>`;
	if (h.wanted)
		return html`<progress max=${h.wanted} value=${h.objects || 0} aria-label=${t("site.transfer")}></progress>`;
	return html`<${Badge} tone=${behind > 0 ? "warning" : "ok"} icon=${behind > 0 ? "pending" : "ok"}>${behind > 0 ? t("site.behind", { n: behind }) : t("site.in_step")}<//>`;
}

function Hosts({ site }) {
	const rows = site.hosts || [];

	if (!rows.length)
		return html`<${Empty} icon="hosts" title=${t("site.no_host")}>${t("host.none_text")}<//>`;
	return html`<${Table} label=${t("page.hosts")} rows=${rows} keyOf=${(h) => h.host} columns=${[
		{ key: "host", name: t("event.host"), cell: (h) => html`<a class="ellipsis name" title=${h.host} href=${href("hosts", [h.host])}>${visible(h.host)}</a>` },
		{ key: "serial", name: t("site.serial"), class: "num", cell: (h) => number(h.serial || 0) },
		{ key: "lag", name: t("site.lag"), cell: (h) => html`<${HostLag} site=${site} h=${h} />` },
		{ key: "mode", name: t("site.mode"), cell: (h) => html`<${Mode} value=${h.mode} />` },
		{ key: "verified", name: t("site.verified"), cell: (h) => html`<${Time} value=${verified(h.verified)} relative />` },
	]} />`;
}

function Releases({ site, job }) {
	const list = useLoad(() => get(`/sites/${seg(site.site)}/releases`), [site.site, site.serial]);
	const [back, setBack] = useState(null), [note, setNote] = useState("");

	return html`<${Loaded} of=${list} empty=${html`<${Empty} icon="sites" title=${t("site.no_release")} />`}>${(d) => html`
		<${Table} label=${t("site.releases")} rows=${d.rows} keyOf=${(r) => r.serial} current=${(r) => r.serial === site.serial} columns=${[
			{ key: "serial", name: t("site.serial"), class: "num", cell: (r) => html`<b>${r.serial}</b>` },
			{ key: "issued", name: t("site.issued"), cell: (r) => html`<${Time} value=${r.issued} />` },
			{ key: "expires", name: t("site.expires"), cell: (r) => html`<${Time} value=${r.expires} />` },
			{ key: "files", name: t("site.files"), class: "num", cell: (r) => number(r.files) },
			{ key: "bytes", name: t("site.size"), class: "num", cell: (r) => bytes(r.bytes) },
			{ key: "root", name: t("site.root"), cell: (r) => html`<${Hash} value=${r.root} />` },
			{ key: "note", name: t("event.note"), cell: (r) => html`<span class="ellipsis note" title=${visible(r.note)}>${visible(r.note)}</span>` },
			{ key: "act", name: "", cell: (r) => r.serial === site.serial ? html`<${Badge} tone="ok">${t("site.current")}<//>`
				: may("act") && html`<button type="button" onClick=${() => { setNote(""); setBack(r); }}><${Icon} name="restored" /><span>${t("site.rollback")}</span></button>` },
		]} />
		${back && html`<${FormDialog} title=${t("site.rollback_title", { n: back.serial })} action=${t("site.rollback")} danger onClose=${() => setBack(null)}
			submit=${async () => job(await post(`/sites/${seg(site.site)}/rollback`, { serial: back.serial, ...(note ? { note } : {}) }))}>
			${(error) => html`<p>${t("site.rollback_text", { site: visible(site.site), n: back.serial })}</p>
			<${Field} label=${t("event.note")} name="note" value=${note} onInput=${setNote} error=${error} maxlength="200" autofocus />`}<//>`}`}<//>`;
}

function Site({ site: s, reload }) {
	const [show, notice] = useJob(reload), [removing, setRemoving] = useState(false);
	const path = `/sites/${seg(s.site)}`;

	return html`<p class="crumbs"><a href=${href("sites")}>${t("page.sites")}</a><${Icon} name="right" size=${12} /><span>${visible(s.site)}</span></p>
		<div class="headline"><${State} site=${s} /><h2>${visible(s.site)}</h2><div class="actions">
			<a class="button" href=${href("files", [s.site])}><${Icon} name="files" /><span>${t("page.files")}</span></a>
			${may("act") && html`<${Act} icon="check" run=${async () => show(await post(`${path}/verify`, { wait: true }))}>${t("site.verify")}<//>
			<${Act} icon="refresh" class="primary" run=${async () => show(await post(`${path}/push`, {}))}>${t("site.push")}<//>`}
			${may("manage") && html`<button type="button" class="quiet danger-text" onClick=${() => setRemoving(true)}>${t("do.remove")}</button>`}</div></div>
		${notice}
		${[s.problem, s.watch_problem].filter(Boolean).map((p) => html`<${Notice} key=${p} tone="critical">${visible(p)}<//>`)}
		<div class="columns">
			<${Card} title=${t("site.source")} icon="dir"><${Facts} rows=${[[t("site.dir"), html`<${Path} value=${s.dir} class="whole" />`],
				[t("site.serial"), s.serial || "–"], [t("site.files"), number(s.files)], [t("site.size"), bytes(s.bytes)],
				[t("site.issued"), html`<${Full} value=${s.issued} />`], [t("site.expires"), html`<${Full} value=${s.expires} />`], [t("site.root"), html`<${Hash} value=${s.root} />`],
				[t("site.excludes"), (s.exclude || []).length ? html`<ul class="chips">${s.exclude.map((x) => html`<li key=${x}><code>${visible(x)}</code></li>`)}</ul>` : "–"]]} /><//>
			<${Card} title=${t("site.targets")} icon="hosts"><${Hosts} site=${s} /><//>
			<${Card} title=${t("site.releases")} icon="logs" class="span-2"><${Releases} site=${s} job=${show} /><//>
		</div>
		${removing && html`<${Typed} title=${t("site.remove_title")} text=${t("site.remove_text")} word=${s.site} action=${t("do.remove")}
			onClose=${() => setRemoving(false)} run=${async () => { await del(path); go("sites"); reload(); }} />`}`;
}

function Add({ close }) {
	const [v, set] = useState({ name: "", dir: "", exclude: [] });

	return html`<${FormDialog} title=${t("site.add")} action=${t("do.add")} onClose=${close} submit=${() => post("/sites", v)}>
		${(error) => html`<${Field} label=${t("site.name")} name="name" required autofocus value=${v.name} onInput=${(name) => set({ ...v, name })} error=${error} />
		<${Field} label=${t("site.dir")} name="dir" required placeholder="/srv/backup/www" value=${v.dir} onInput=${(dir) => set({ ...v, dir })} error=${error} hint=${t("site.dir_hint")} />
		<${Field} label=${t("site.excludes")} name="exclude" type="area" value=${lines(v.exclude)} onInput=${(x) => set({ ...v, exclude: unlines(x) })} error=${error} hint=${t("form.one_a_line")} />`}<//>`;
}

const Cards = ({ rows }) => html`<div class="cards">${rows.map((s) => html`<a key=${s.site} class="card linked" href=${href("sites", [s.site])}>
	<div class="pair-head"><h2><${Icon} name="sites" /><span class="ellipsis">${visible(s.site)}</span></h2><${State} site=${s} /></div>
	<div class="pair"><div><span class="faint">${t("site.dir")}</span><${Path} value=${s.dir} /></div><${Icon} name="right" /><div><span class="faint">${t("site.targets")}</span>
		${(s.hosts || []).map((h) => html`<span key=${h.host} class="target"><span class="ellipsis">${visible(h.host)}</span><${HostLag} site=${s} h=${h} /></span>`)}${!(s.hosts || []).length && "–"}</div></div>
	<div class="meta"><span>${t("site.serial")} <b>${s.serial || "–"}</b></span><span>${number(s.files)} ${t("site.files_unit")}</span><span>${bytes(s.bytes)}</span><span><${Time} value=${s.issued} relative /></span></div></a>`)}</div>`;

export function Sites() {
	const { parts } = useSignal(route);
	// The overview tells of each site what its hosts have; /sites does not.
	const list = useLoad(async () => ({ rows: (await get("/overview")).sites }), []), [adding, setAdding] = useState(false);

	useEffect(() => {
		const offs = ["site", "host", "reset"].map((type) => on(type, list.reload));
		return () => offs.forEach((off) => off());
	}, [list.reload]);
	const one = parts[0] && list.data?.rows.find((s) => s.site === parts[0]);
	if (one)
		return html`<${Site} key=${one.site} site=${one} reload=${list.reload} />`;
	return html`<div class="page-actions">${may("manage") && html`<button type="button" class="primary" onClick=${() => setAdding(true)}><${Icon} name="plus" /><span>${t("site.add")}</span></button>`}</div>
		<${Loaded} of=${list} empty=${html`<${Empty} icon="sites" title=${t("site.none")}>${t("site.none_text")}<//>`}>${(d) => html`<${Cards} rows=${d.rows} />`}<//>
		${adding && html`<${Add} close=${(ok) => { setAdding(false); ok && list.reload(); }} />`}`;
}
