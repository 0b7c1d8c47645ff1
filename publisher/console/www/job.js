// SPDX-License-Identifier: Apache-2.0
// job - something that takes long: the publisher tells how far it is until it is over
import { html, useEffect, useRef, useState } from "htm/preact/standalone";
import { on } from "./stream.js";
import { t, word } from "./i18n.js";
import { number, visible } from "./format.js";
import { Notice } from "./ui/parts.js";

const keyOf = (x) => `${x.host || ""}/${x.site || ""}`;

/* How far all of it is: each host and site counts what it has, of what it wants. */
function sum(parts) {
	const all = Object.values(parts).filter((p) => p.of || p.wanted);

	return [all.reduce((n, p) => n + Math.min(p.files ?? p.objects, p.of || p.wanted), 0), all.reduce((n, p) => n + (p.of || p.wanted), 0)];
}

/* News of a job into what is known of it: progress of a part, a row that is a part's end, the end. */
function learn(now, { state, progress, row, result }) {
	if (progress)
		return { ...now, parts: { ...now.parts, [keyOf(progress)]: progress } };
	if (row)
		return { ...now, rows: [...now.rows, row], parts: { ...now.parts, [keyOf(row)]: { ...now.parts[keyOf(row)], ...row } } };
	return { ...now, state, text: result?.error || "" };
}

function Row({ r }) {
	const where = [r.host, r.site].filter(Boolean).map(visible).join(" · ");
	const what = r.result === "verified" ? t("job.verified", { files: number(r.files), wrong: number(r.wrong), right: number(r.restored + r.removed), left: number(r.waiting + r.failed) })
		: `${word("jobresult", r.result)}${r.serial ? ` · ${t("site.serial")} ${r.serial}` : ""}`;

	return html`<li><b>${where}</b> ${what}${r.text && ` ${visible(r.text)}`}</li>`;
}

/* [show(answer), element]: show() takes what a call with answer 202 gave. */
export function useJob(done) {
	const [job, set] = useState(null); // {job, state: running|done|failed, parts, rows, text}
	const early = useRef([]); // a short job's news overtake the answer to the call that began it

	useEffect(() => on("job", (j) => {
		early.current = [...early.current.slice(-199), j];
		set((now) => (now && j.job === now.job ? learn(now, j) : now));
	}), []);
	useEffect(() => {
		if (job && job.state !== "running" && done)
			done(job);
	}, [job?.job, job?.state]);
	const show = (answer) => answer?.job && set(early.current.filter((j) => j.job === answer.job).reduce(learn, { job: answer.job, state: "running", parts: {}, rows: [], text: "" }));
	const running = job?.state === "running", [at, of] = job ? sum(job.parts) : [0, 0];

	return [show, job && html`<${Notice} tone=${running ? "info" : job.state === "failed" ? "critical" : "ok"} onClose=${() => set(null)}>
		<span class="job-state">${running ? t("job.running") : t(`job.${job.state}`)} ${visible(job.text)}</span>
		${running && html`<progress aria-label=${t("job.running")} max=${of || null} value=${of ? at : null}></progress>`}
		${of > 0 && html`<span class="faint job-count">${number(at)} / ${number(of)}</span>`}
		${job.rows.length > 0 && html`<ul class="job-rows">${job.rows.map((r, i) => html`<${Row} key=${i} r=${r} />`)}</ul>`}<//>`];
}
