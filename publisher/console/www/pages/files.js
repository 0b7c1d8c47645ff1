// SPDX-License-Identifier: Apache-2.0
// files - a release as a tree; what happened to each file; an older state put back
import { html, useState } from "htm/preact/standalone";
import { get, post, seg } from "../api.js";
import { t, word } from "../i18n.js";
import { bytes, number, visible } from "../format.js";
import { go, href, route } from "../route.js";
import { may } from "../session.js";
import { useJob } from "../job.js";
import { useLoad, useSignal } from "../signal.js";
import { Badge, Outcome } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { List, Table } from "../ui/list.js";
import { usePaged } from "../ui/paged.js";
import { Act, Card, Empty, Failed, Facts, Loaded, Loading } from "../ui/parts.js";
import { Hash, Path, Time } from "../ui/text.js";

const fileHref = (site, path) => href("files", [site, ...path.split("/").filter(Boolean)]);

function Crumbs({ site, path, sites }) {
	const parts = path.split("/").filter(Boolean);

	return html`<nav class="crumbs" aria-label=${t("files.where")}>
		<select aria-label=${t("event.site")} name="site" value=${site} onChange=${(e) => go("files", [e.target.value])}>${sites.map((s) => html`<option key=${s.site} value=${s.site} selected=${s.site === site}>${visible(s.site)}</option>`)}</select>
		<a href=${href("files", [site])}>/</a>${parts.map((p, i) => html`<${Icon} key=${`i${i}`} name="right" size=${12} /><a key=${i} class="ellipsis" href=${fileHref(site, parts.slice(0, i + 1).join("/"))}>${visible(p)}</a>`)}</nav>`;
}

function FileState({ f }) {
	if (f.open_events)
		return html`<${Badge} tone="warning">${t("files.events", { n: number(f.open_events) })}<//>`;
	return f.excepted ? html`<${Badge} tone="neutral" icon="filters">${t("files.excepted")}<//>` : html`<${Badge} tone="ok" icon="shield">${t("files.protected")}<//>`;
}

const TYPE_ICON = { dir: "dir", file: "file", link: "link" };

const columns = (site, path) => [
	{ key: "what", name: t("files.name"), width: "minmax(180px, 3fr)", cell: (f) => html`<a class="row-link name" tabindex="-1" href=${fileHref(site, `${path}/${f.name}`) + (f.type === "dir" ? "" : "?file=1")}>
		<${Icon} name=${TYPE_ICON[f.type] || "file"} label=${word("type", f.type)} /><span class="ellipsis" title=${visible(f.name)}>${visible(f.name)}${f.target ? html`<span class="faint"> → ${visible(f.target)}</span>` : ""}</span></a>` },
	{ key: "state", name: t("files.state"), width: "150px", cell: (f) => html`<${FileState} f=${f} />` },
	{ key: "size", name: t("site.size"), width: "90px", class: "num", cell: (f) => (f.type === "file" ? bytes(f.size) : "") },
	{ key: "mode", name: t("files.mode"), width: "70px", cell: (f) => html`<code>${f.mode}</code>` },
	{ key: "when", name: t("files.mtime"), width: "140px", cell: (f) => f.mtime && html`<${Time} value=${f.mtime} />` },
];

function History({ site, path }) {
	const h = useLoad(() => get(`/sites/${seg(site)}/files/history`, { path }), [site, path]);
	const [show, notice] = useJob(h.reload);

	return html`<div class="headline"><${Icon} name="file" size=${24} /><h2><${Path} value=${path} class="whole" /></h2>
		<div class="actions">${may("act") && html`<${Act} icon="restored" class="primary" run=${async () => show(await post(`/sites/${seg(site)}/verify`, { wait: true }))}>${t("files.restore")}<//>`}</div></div>${notice}
		<${Loaded} of=${h}>${(d) => html`<div class="columns">
			<${Card} title=${t("files.versions")} icon="logs">${(d.versions || []).length ? html`<${Table} label=${t("files.versions")} rows=${d.versions} keyOf=${(v) => v.serial} columns=${[
				{ key: "serial", name: t("site.serial"), class: "num", cell: (v) => html`<b>${v.serial}</b>` }, { key: "issued", name: t("site.issued"), cell: (v) => html`<${Time} value=${v.issued} />` },
				{ key: "size", name: t("site.size"), class: "num", cell: (v) => bytes(v.size) }, { key: "hash", name: "SHA-256", cell: (v) => html`<${Hash} value=${v.hash} />` }]} />` : html`<${Empty} icon="logs" title=${t("files.no_versions")} />`}<//>
			<${Card} title=${t("files.touched")} icon="events">${(d.events || []).length ? html`<ul class="related">${d.events.map((e) => html`<li key=${`${e.host}/${e.id}`}><${Outcome} value=${e.outcome} />
				<a href=${href("events", [e.host, e.id])}>${word("op", e.op)}</a><span class="faint ellipsis">${visible(e.comm)} · ${visible(e.host)}</span><${Time} value=${e.time} /></li>`)}</ul>` : html`<${Empty} icon="shield" title=${t("files.untouched")} />`}<//>
		</div>`}<//>`;
}

function Directory({ site, path }) {
	const list = usePaged(`/sites/${seg(site)}/files`, { path });
	const open = (f) => fileHref(site, `${path}/${f.name}`) + (f.type === "dir" ? "" : "?file=1");

	if (list.error)
		return html`<${Failed} error=${list.error} retry=${list.reload} />`;
	if (!list.rows.length)
		return list.loading ? html`<${Loading} />` : html`<${Empty} icon="dir" title=${t("files.empty")} />`;
	return html`<${List} label=${t("page.files")} rows=${list.rows} columns=${columns(site, path)} keyOf=${(f) => f.name} href=${open} more=${list.more} ended=${list.ended} />`;
}

export function Files() {
	const { parts, args } = useSignal(route), sites = useLoad(() => get("/sites"), []);
	const path = parts.slice(1).join("/");

	return html`<${Loaded} of=${sites} empty=${html`<${Empty} icon="sites" title=${t("site.none")}>${t("site.none_text")}<//>`}>${(d) => {
		const site = parts[0] || d.rows[0].site;
		return html`<div class="fill"><${Crumbs} site=${site} path=${path} sites=${d.rows} />
			${args.file ? html`<${History} key=${path} site=${site} path=${path} />` : html`<${Directory} key=${`${site}/${path}`} site=${site} path=${path} />`}</div>`;
	}}<//>`;
}
