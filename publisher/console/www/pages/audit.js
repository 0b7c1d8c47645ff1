// SPDX-License-Identifier: Apache-2.0
// audit - Tomcat's set-up: checks down, servers across; what was seen, what is expected, the remedy
import { html, useEffect, useState } from "htm/preact/standalone";
import { get, post, seg, url } from "../api.js";
import { t, word } from "../i18n.js";
import { number, visible } from "../format.js";
import { may, session } from "../session.js";
import { useJob } from "../job.js";
import { useLoad } from "../signal.js";
import { on } from "../stream.js";
import { Badge, Verdict } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { Dialog, FormDialog } from "../ui/dialog.js";
import { Field } from "../ui/form.js";
import { Act, Card, Empty, Facts, Loaded, Notice, toast } from "../ui/parts.js";
import { Mono, Path, Time } from "../ui/text.js";
import { changes, Unified } from "../ui/unified.js";
import { Books } from "./auditbooks.js";

/* One column for each server on each host; one row for each check that any of them has. */
function matrix(rows) {
	const servers = rows.flatMap((r) => (r.report?.servers || []).map((s) => ({ host: r.host, time: r.report.time || r.time, ...s, of: new Map(s.results.map((x) => [x.code, x])) })));
	const checks = new Map();

	for (const s of servers)
		for (const x of s.results)
			checks.set(x.code, x);
	return { servers, checks: [...checks.values()].sort((a, b) => a.code.localeCompare(b.code)) };
}

/* "waived" is the publisher's word: all that is wrong is waived. */
const waived = (x) => !!x.waived;

function Waive({ host, result, close }) {
	const [v, set] = useState({ reason: "", expires: "", object: "" });
	const objects = [...new Set(result.findings.map((f) => f.object).filter(Boolean))];

	return html`<${FormDialog} title=${t("audit.waive_title", { code: result.code })} action=${t("audit.waive")} onClose=${close}
		submit=${() => post(`/audit/${seg(host)}/waive`, { check: result.code, object: v.object, owner: session.get().user, reason: v.reason, expires: v.expires })}>${(error) => html`
		<p>${t("audit.waive_text")}</p>
		${objects.length > 0 && html`<${Field} label=${t("audit.object")} name="object" value=${v.object} options=${[["", t("audit.all_objects")], ...objects.map((o) => [o, visible(o)])]} onInput=${(object) => set({ ...v, object })} error=${error} />`}
		<${Field} label=${t("audit.reason")} name="reason" required autofocus maxlength="200" value=${v.reason} onInput=${(reason) => set({ ...v, reason })} error=${error} />
		<${Field} label=${t("audit.expires")} name="expires" type="date" required value=${v.expires} onInput=${(expires) => set({ ...v, expires })} error=${error} />`}<//>`;
}

function Fix({ server, result, close }) {
	const args = { base: server.base, codes: result.code, wait: true };
	const preview = useLoad(() => post(`/audit/${seg(server.host)}/fix`, { ...args, preview: true }), []);

	return html`<${FormDialog} wide danger title=${t("audit.fix_title", { code: result.code })} action=${t("audit.apply")} disabled=${!changes(preview.data?.text)} onClose=${close}
		submit=${() => post(`/audit/${seg(server.host)}/fix`, args)}>${() => html`<p>${t("audit.fix_text")}</p>
		<${Loaded} of=${preview}>${(d) => d.text ? html`${!changes(d.text) && html`<${Notice} tone="warning">${t("audit.no_change")}<//>`}<${Unified} text=${d.text} label=${t("audit.preview")} />` : html`<${Empty} icon="check" title=${t("audit.no_change")} />`}<//>`}<//>`;
}

function Finding({ f }) {
	return html`<li class="finding"><div>${f.note ? html`<${Badge} tone="info">${t("audit.note")}<//>` : html`<${Verdict} value=${f.verdict} waived=${!!f.waiver} />`} ${f.object && html`<${Path} value=${f.line ? `${f.object}:${f.line}` : f.object} class="whole" />`} ${f.count > 1 ? html`<b>×${number(f.count)}</b>` : ""}</div>
		${f.observed && html`<p>${visible(f.observed)}</p>`}${f.remedy && !f.note && html`<p class="remedy"><${Icon} name="right" size=${14} /> ${visible(f.remedy)}</p>`}
		${f.waiver && html`<p class="faint">${t("audit.waiver", { owner: visible(f.waiver.owner), reason: visible(f.waiver.reason), expires: visible(f.waiver.expires) })}</p>`}</li>`;
}

function Detail({ server, result, close, reload }) {
	const [fixing, setFixing] = useState(false), [waiving, setWaiving] = useState(false);
	const fixable = result.findings.some((f) => (f.fix === "A" || f.fix === "C") && !f.waiver);
	const after = (set, said) => (ok) => { set(false); if (ok) { toast(said); reload(); } };

	return html`<${Dialog} wide title=${`${result.code} · ${visible(result.title)}`} onClose=${close}><div class="dialog-body">
		<${Facts} rows=${[[t("event.host"), visible(server.host)], [t("audit.server"), html`<${Mono}>${server.base}<//>`], [t("audit.verdict"), html`<${Verdict} value=${result.verdict} waived=${waived(result)} />`],
			[t("audit.risk"), word("risk", result.risk)], [t("audit.expected"), visible(result.expected)]]} />
		<h3>${t("audit.observed")}</h3>${result.findings.length ? html`<ul class="findings">${result.findings.map((f, i) => html`<${Finding} key=${i} f=${f} />`)}</ul>` : html`<p class="faint">${t("audit.nothing")}</p>`}</div>
		${may("manage") && html`<footer>${result.verdict !== "GOOD" && html`<button type="button" onClick=${() => setWaiving(true)}>${t("audit.waive")}</button>`}${fixable && html`<button type="button" class="primary" onClick=${() => setFixing(true)}>${t("audit.preview")}</button>`}</footer>`}
		${fixing && html`<${Fix} server=${server} result=${result} close=${after(setFixing, t("audit.applied"))} />`}${waiving && html`<${Waive} host=${server.host} result=${result} close=${after(setWaiving, t("form.saved"))} />`}<//>`;
}

function Summary({ servers }) {
	const sum = (v) => servers.reduce((n, s) => n + (s.summary?.[v] || 0), 0);

	return html`<div class="chips-line">${["VULNERABLE", "MANUAL", "ERROR", "GOOD", "N/A"].map((v) => html`<span key=${v} class="with-icon"><${Verdict} value=${v} /> <b>${number(sum(v))}</b></span>`)}</div>`;
}

export function Audit() {
	const all = useLoad(() => get("/audit"), []), [open, setOpen] = useState(null);
	const [turn, setTurn] = useState(0); // the books below are read anew
	const again = () => { all.reload(); setTurn((n) => n + 1); };
	const [show, notice] = useJob(again);

	// A fix is judged by the audit that follows it, which comes when it comes.
	useEffect(() => {
		const offs = ["audit", "reset"].map((type) => on(type, again));
		return () => offs.forEach((off) => off());
	}, [all.reload]);

	return html`<div class="stack"><p class="lead">${t("audit.lead")}</p>${notice}
		<${Loaded} of=${all} empty=${html`<${Empty} icon="audit" title=${t("audit.none")}>${t("audit.none_text")}<//>`}>${(d) => {
		const { servers, checks } = matrix(d.rows);
		if (!servers.length)
			return html`<${Card}><${Empty} icon="audit" title=${t("audit.no_server")}>${t("audit.no_server_text", { n: number(d.rows.length) })}<//><//>`;
		return html`<${Card} title=${t("audit.matrix")} icon="audit" actions=${html`<${Summary} servers=${servers} />`}><div class="table-box"><table class="matrix" aria-label=${t("audit.matrix")}><thead><tr><th scope="col">${t("audit.check")}</th>
			${servers.map((s) => html`<th key=${`${s.host}${s.base}`} scope="col"><span class="ellipsis" title=${`${visible(s.host)} ${visible(s.base)}`}>${visible(s.host)}</span><small class="ellipsis">${visible(s.base)}</small><small class="faint"><${Time} value=${s.time} relative /></small>
				${may("act") && html`<${Act} class="quiet" icon="refresh" label=${`${t("audit.run")} ${visible(s.host)}`} run=${async () => show(await post(`/audit/${seg(s.host)}/run`, { wait: true }))} />`}<a class="button quiet icon-only" download href=${url(`/audit/${seg(s.host)}/report`)} aria-label=${`${t("audit.download")} ${visible(s.host)}`} title=${t("audit.download")}><${Icon} name="download" /></a></th>`)}</tr></thead>
			<tbody>${checks.map((c) => html`<tr key=${c.code}><th scope="row"><code>${c.code}</code> <span>${visible(c.title)}</span></th>${servers.map((s) => { const x = s.of.get(c.code); return html`<td key=${`${s.host}${s.base}`}>${x ? html`
				<button type="button" class="cell-button" onClick=${() => setOpen([s.host, s.base, c.code])}><${Verdict} value=${x.verdict} waived=${waived(x)} /></button>` : "–"}</td>`; })}</tr>`)}</tbody></table></div><//>
			${open && (() => { const s = servers.find((x) => x.host === open[0] && x.base === open[1]), r = s?.of.get(open[2]); return r && html`<${Detail} server=${s} result=${r} close=${() => setOpen(null)} reload=${again} />`; })()}`;
	}}<//><${Books} turn=${turn} changed=${again} /></div>`;
}
