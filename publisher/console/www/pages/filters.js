// SPDX-License-Identifier: Apache-2.0
// filters - what may change without being denied or repaired; one sees what matches before saving
import { html, useEffect, useState } from "htm/preact/standalone";
import { get, post } from "../api.js";
import { t, word } from "../i18n.js";
import { number, visible } from "../format.js";
import { route, setArgs } from "../route.js";
import { may } from "../session.js";
import { useDebounced, useLoad, useSignal } from "../signal.js";
import { Icon } from "../ui/icon.js";
import { Act, Card, Empty, Failed, Loaded, Notice, toast } from "../ui/parts.js";
import { Table } from "../ui/list.js";
import { Mono, Path } from "../ui/text.js";
import { Field, atField } from "../ui/form.js";
import { suggestions } from "./event.js";

function Preview({ site, pattern }) {
	const asked = useDebounced(pattern, 300);
	const found = useLoad(() => (site && asked ? post("/filters/preview", { site, pattern: asked }) : Promise.resolve(null)), [site, asked]);
	const d = found.data;

	if (!asked)
		return html`<p class="hint">${t("filter.preview_hint")}</p>`;
	if (found.error)
		return html`<${Failed} error=${found.error} />`;
	if (!d)
		return html`<p class="hint" role="status">${t("load.wait")}</p>`;
	return html`<div class="preview" role="status">
		${d.partly && html`<${Notice} tone="warning">${t("filter.partly")}<//>`}<p class="preview-count"><b>${number(d.files)}</b> ${t("filter.files")} · <b>${number(d.events)}</b> ${t("filter.events")}</p>
		${d.files > 0 ? html`<${Notice} tone="warning">${t("filter.will", { n: number(d.files) })}<//>` : ""}
		${(d.sample || []).length ? html`<ul class="sample">${d.sample.slice(0, 200).map((p) => html`<li key=${p}><${Path} value=${p} /></li>`)}</ul>` : html`<p class="hint">${t("filter.nothing")}</p>`}</div>`;
}

function Editor({ sites, start, saved }) {
	const [v, set] = useState({ site: start.site || sites[0]?.site || "", pattern: start.pattern || "" });
	const [error, setError] = useState(null);

	async function save() {
		setError(null);
		try {
			await post("/filters", v);
		} catch (e) {
			if (!e.cancelled)
				setError(e);
			return;
		}
		toast(t("filter.saved", { pattern: visible(v.pattern) }));
		set({ ...v, pattern: "" });
		saved();
	}
	return html`<${Card} title=${t("filter.new")} icon="plus" id="editor"><div class="two">
		<form class="stack" onSubmit=${(e) => { e.preventDefault(); save(); }}>
			<${Field} label=${t("event.site")} name="site" value=${v.site} options=${sites.map((s) => [s.site, visible(s.site)])} onInput=${(site) => set({ ...v, site })} error=${error} />
			<${Field} label=${t("filter.pattern")} name="pattern" required maxlength="255" spellcheck=${false} placeholder="*.log" class="mono" value=${v.pattern} onInput=${(pattern) => set({ ...v, pattern })} error=${error} hint=${t("filter.pattern_hint")} />
			${start.path && html`<div class="chips-line" role="group" aria-label=${t("filter.suggest")}><span class="faint">${t("filter.suggest")}</span>${suggestions(start.path).map((s) => html`<button key=${s} type="button" class="chip" aria-pressed=${s === v.pattern ? "true" : "false"} onClick=${() => set({ ...v, pattern: s })}><code>${visible(s)}</code></button>`)}</div>`}
			<${Failed} error=${atField(error) ? null : error} />
			<div><${Act} class="primary" icon="check" run=${save} disabled=${!v.pattern || !v.site}>${t("do.save")}<//></div></form>
		<div><h3>${t("filter.preview")}</h3><${Preview} site=${v.site} pattern=${v.pattern} /></div></div><//>`;
}

export function Filters() {
	const { args } = useSignal(route);
	const [start] = useState(args);
	const list = useLoad(() => get("/filters"), []), sites = useLoad(() => get("/sites"), []);
	const manage = may("manage");

	useEffect(() => setArgs({}), []);
	return html`<p class="lead">${t("filter.lead")}</p>
		${manage && sites.data && html`<${Editor} sites=${sites.data.rows} start=${start} saved=${list.reload} />`}
		<${Card} title=${t("filter.list")} icon="filters"><${Loaded} of=${list} empty=${html`<${Empty} icon="shield" title=${t("filter.none")}>${t("filter.none_text")}<//>`}>${(d) => html`
			<${Table} label=${t("filter.list")} rows=${d.rows} keyOf=${(f) => `${f.site} ${f.pattern}`} columns=${[
				{ key: "site", name: t("event.site"), cell: (f) => visible(f.site) },
				{ key: "pattern", name: t("filter.pattern"), cell: (f) => html`<${Mono}>${f.pattern}<//>` },
				{ key: "kind", name: t("filter.kind"), cell: (f) => html`<span class="with-icon"><${Icon} name=${f.kind === "dir" ? "dir" : "file"} size=${16} />${word("filterkind", f.kind)}</span>` },
				{ key: "act", name: "", cell: (f) => manage && html`<${Act} icon="removed" class="quiet" label=${`${t("do.remove")} ${visible(f.pattern)}`} run=${async () => { await post("/filters/remove", { site: f.site, pattern: f.pattern }); list.reload(); }} />` },
			]} />`}<//><//>`;
}
