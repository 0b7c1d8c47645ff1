// SPDX-License-Identifier: Apache-2.0
// auditbooks - below the audit's matrix: what was ordered and can be undone, who answers for what
import { html, useState } from "htm/preact/standalone";
import { del, get, post, seg } from "../api.js";
import { t, word } from "../i18n.js";
import { number, visible } from "../format.js";
import { may } from "../session.js";
import { useEvery, useLoad } from "../signal.js";
import { Badge } from "../ui/badge.js";
import { Dialog, FormDialog } from "../ui/dialog.js";
import { Table } from "../ui/list.js";
import { Act, Card, Empty, Facts, Loaded, toast } from "../ui/parts.js";
import { Full, Mono, Time } from "../ui/text.js";
import { Unified } from "../ui/unified.js";

const TONES = { done: "ok", waiting: "info", refused: "warning", failed: "critical", lost: "warning" };

/* The agent says of each change how it is taken back; null: this order changed nothing. */
const undoId = (j) => (j.what === "fix" && /wdctl audit undo ([\w-]+)/.exec(j.text)?.[1]) || null;

function Undo({ job, close }) {
	const id = undoId(job);

	return html`<${FormDialog} wide danger title=${t("audit.undo_title", { id })} action=${t("audit.undo")} onClose=${close}
		submit=${() => post(`/audit/${seg(job.host)}/undo`, { id, wait: true })}>${() => html`<p>${t("audit.undo_text", { host: visible(job.host) })}</p>
		<${Unified} text=${job.text} label=${t("auditwhat.fix")} />`}<//>`;
}

const Answer = ({ job: j, close }) => html`<${Dialog} wide title=${`${word("auditwhat", j.what)} · ${visible(j.host)}`} onClose=${close}><div class="dialog-body"><${Facts} rows=${[
	[t("audit.asked"), html`<${Full} value=${j.asked} />`], [t("audit.by"), visible(j.by)], [t("files.state"), html`<${State} j=${j} />`], j.answered && [t("audit.answered"), html`<${Full} value=${j.answered} />`]]} />
	${j.text && html`<${Unified} text=${j.text} label=${t("audit.answer")} />`}</div><footer><button type="button" onClick=${close}>${t("do.close")}</button></footer><//>`;

const State = ({ j }) => html`<${Badge} tone=${TONES[j.state]}>${word("auditjob", j.state)}<//>`;

function Jobs({ turn, changed }) {
	const list = useLoad(() => get("/audit/jobs", { n: 50 }), [turn]), [undoing, setUndoing] = useState(null), [shown, setShown] = useState(null);
	const close = (ok) => { setUndoing(null); if (ok) { toast(t("audit.undone")); changed(); } };
	const undone = new Set((list.data?.rows || []).filter((j) => j.what === "undo" && j.state === "done").map((j) => `${j.host} ${j.id}`));
	const act = (j) => undone.has(`${j.host} ${undoId(j)}`) ? html`<span class="faint">${t("audit.is_undone")}</span>`
		: may("manage") && j.state === "done" && undoId(j) && html`<button type="button" name="undo" onClick=${() => setUndoing(j)}>${t("audit.undo")}</button>`;

	useEvery(15000, list.reload);
	return html`<${Card} title=${t("audit.jobs")} icon="logs"><${Loaded} of=${list} empty=${html`<${Empty} icon="logs" title=${t("audit.no_jobs")} />`}>${(d) => html`<${Table} label=${t("audit.jobs")} rows=${d.rows} keyOf=${(j) => j.request} columns=${[
		{ key: "asked", name: t("audit.asked"), cell: (j) => html`<${Time} value=${j.asked} relative />` },
		{ key: "host", name: t("event.host"), cell: (j) => visible(j.host) },
		{ key: "what", name: t("audit.what"), cell: (j) => word("auditwhat", j.what) },
		{ key: "base", name: t("audit.server"), cell: (j) => html`<${Mono}>${[j.base, j.codes, j.id].filter(Boolean).join(" ") || "–"}<//>` },
		{ key: "by", name: t("audit.by"), cell: (j) => visible(j.by) },
		{ key: "state", name: t("files.state"), cell: (j) => html`<button type="button" class="cell-button" onClick=${() => setShown(j)}><${State} j=${j} /></button>` },
		{ key: "act", name: "", class: "buttons", cell: act },
	]} />`}<//>${undoing && html`<${Undo} job=${undoing} close=${close} />`}${shown && html`<${Answer} job=${shown} close=${() => setShown(null)} />`}<//>`;
}

function Waivers({ turn, changed }) {
	const list = useLoad(() => get("/audit/waivers"), [turn]);
	const back = async (w) => { await del(`/audit/waivers/${w.waiver}`); toast(t("audit.taken_back")); changed(); };

	return html`<${Card} title=${t("audit.waivers")} icon="filters"><${Loaded} of=${list} empty=${html`<${Empty} icon="filters" title=${t("audit.no_waivers")} />`}>${(d) => html`<${Table} label=${t("audit.waivers")} rows=${d.rows} keyOf=${(w) => w.waiver} columns=${[
		{ key: "check", name: t("audit.check"), cell: (w) => html`<code>${visible(w.check)}</code>` },
		{ key: "host", name: t("event.host"), cell: (w) => visible(w.host) || t("audit.all_hosts") },
		{ key: "object", name: t("audit.object"), cell: (w) => visible(w.object) || t("audit.all_objects") },
		{ key: "owner", name: t("audit.owner"), cell: (w) => visible(w.owner) },
		{ key: "reason", name: t("audit.reason"), cell: (w) => visible(w.reason) },
		{ key: "expires", name: t("audit.expires"), cell: (w) => html`${visible(w.expires)} ${w.expired ? html`<${Badge} tone="warning">${t("audit.expired")}<//>` : ""}` },
		{ key: "act", name: "", class: "buttons", cell: (w) => may("manage") && html`<${Act} class="quiet" icon="close" label=${`${t("audit.take_back")} ${visible(w.check)}`} run=${() => back(w)} />` },
	]} />`}<//><//>`;
}

function Advisories({ turn }) {
	const state = useLoad(() => get("/audit/advisories"), [turn]);

	return html`<${Card} title=${t("audit.advisories")} icon="seal"><${Loaded} of=${state}>${(d) => html`<${Facts} rows=${[
		[t("audit.serial"), d.serial ? number(d.serial) : t("audit.no_advisories")], [t("audit.issued"), visible(d.issued)],
		[t("files.state"), html`<${Badge} tone=${d.stale ? "warning" : "ok"}>${d.stale ? t("audit.stale") : t("audit.fresh")}<//>`]]} />
		${d.stale && html`<p class="hint">${t("audit.stale_text")}</p>`}`}<//><//>`;
}

export const Books = ({ turn, changed }) =>
	html`<${Jobs} turn=${turn} changed=${changed} /><${Waivers} turn=${turn} changed=${changed} /><${Advisories} turn=${turn} />`;
