// SPDX-License-Identifier: Apache-2.0
// logs - the publisher's journal and the tamper log; searched, filtered, taken along as a file
import { html, useEffect, useState } from "htm/preact/standalone";
import { url } from "../api.js";
import { t, word } from "../i18n.js";
import { visible } from "../format.js";
import { href, route, setArgs } from "../route.js";
import { useDebounced, useSignal } from "../signal.js";
import { Badge, outcomeTone } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { List } from "../ui/list.js";
import { usePaged } from "../ui/paged.js";
import { Empty, Failed, Loading, Tabs } from "../ui/parts.js";
import { Time } from "../ui/text.js";
import { columns as eventColumns, keyOf } from "./events.js";

const LEVELS = { error: "critical", warning: "warning", info: "info", debug: "neutral" };

const lineColumns = () => [
	{ key: "outcome", name: t("log.level"), width: "116px", cell: (l) => html`<${Badge} tone=${LEVELS[l.level] || "warning"}>${word("level", l.level)}<//>` },
	{ key: "when", name: t("event.time"), width: "132px", cell: (l) => html`<${Time} value=${l.time} />` },
	{ key: "op", name: t("log.act"), width: "120px", cell: (l) => html`<span class="ellipsis">${visible(l.act)}</span>` },
	{ key: "what", name: t("log.text"), width: "minmax(200px, 4fr)", cell: (l) => html`<span class="ellipsis" title=${visible(l.text)}>${visible(l.text)}</span>` },
	{ key: "where", name: t("event.host"), width: "minmax(90px, 1fr)", cell: (l) => html`<span class="ellipsis">${[l.host, l.site].filter(Boolean).map(visible).join(" · ")}</span>` },
];

/* datetime-local has no zone: it is the browser's; the server wants UTC. */
const utc = (local) => (local && !Number.isNaN(Date.parse(local)) ? new Date(local).toISOString() : "");

function Rows({ kind, f }) {
	const list = usePaged(`/logs/${kind}`, f);

	if (list.error)
		return html`<${Failed} error=${list.error} retry=${list.reload} />`;
	if (!list.rows.length)
		return list.loading ? html`<${Loading} />` : html`<${Empty} icon="logs" title=${t("log.none")} />`;
	return kind === "system" ? html`<${List} label=${t("log.system")} rows=${list.rows} columns=${lineColumns()} keyOf=${(l) => l.n} more=${list.more} ended=${list.ended} top=${(l) => `tone-${LEVELS[l.level] || "warning"}`} />`
		: html`<${List} label=${t("log.tamper")} rows=${list.rows} columns=${eventColumns()} keyOf=${keyOf} href=${(e) => href("events", [e.host, e.id])} more=${list.more} ended=${list.ended} top=${(e) => `tone-${outcomeTone(e.outcome)}`} />`;
}

export function Logs() {
	const { parts, args } = useSignal(route), kind = parts[0] === "tamper" ? "tamper" : "system";
	const [f, set] = useState({ q: "", from: "", to: "", level: "", ...args });
	const settled = useDebounced(f, 300);
	const asked = { q: settled.q, from: utc(settled.from), to: utc(settled.to), ...(kind === "system" ? { level: settled.level } : {}) };

	useEffect(() => setArgs(settled), [settled]);
	return html`<div class="fill"><${Tabs} label=${t("page.logs")} value=${kind} tabs=${[["system", t("log.system")], ["tamper", t("log.tamper")]]} onChange=${(k) => { location.hash = href("logs", [k], settled); }} />
		<div class="filterbar" role="search"><label class="search"><span class="sr">${t("do.search")}</span><${Icon} name="search" /><input type="search" name="q" placeholder=${t("log.search")} maxlength="200" value=${f.q} onInput=${(e) => set({ ...f, q: e.target.value })} /></label>
			${kind === "system" && html`<select name="level" aria-label=${t("log.level")} value=${f.level} onChange=${(e) => set({ ...f, level: e.target.value })}><option value="">${t("log.all_levels")}</option>${Object.keys(LEVELS).map((l) => html`<option key=${l} value=${l} selected=${l === f.level}>${word("level", l)}</option>`)}</select>`}
			<label class="inline"><span>${t("log.from")}</span><input type="datetime-local" name="from" value=${f.from} onChange=${(e) => set({ ...f, from: e.target.value })} /></label>
			<label class="inline"><span>${t("log.to")}</span><input type="datetime-local" name="to" value=${f.to} onChange=${(e) => set({ ...f, to: e.target.value })} /></label>
			<span class="push actions">${["csv", "json"].map((x) => html`<a key=${x} class="button" download href=${url(`/logs/${kind}/export`, { ...asked, format: x })}><${Icon} name="download" /><span>${x.toUpperCase()}</span></a>`)}</span></div>
		<${Rows} key=${kind} kind=${kind} f=${asked} /></div>`;
}
