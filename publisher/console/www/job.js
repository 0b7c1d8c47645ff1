// SPDX-License-Identifier: Apache-2.0
// job - something that takes long: the publisher tells how far it is until it is over
import { html, useEffect, useState } from "htm/preact/standalone";
import { on } from "./stream.js";
import { t } from "./i18n.js";
import { number, visible } from "./format.js";
import { Notice } from "./ui/parts.js";

/* [show(answer), element]: show() takes what a call with answer 202 gave. */
export function useJob(done) {
	const [job, set] = useState(null); // {job, state: running|done|failed, done, total, text}

	useEffect(() => on("job", (j) => set((now) => (now && j.job === now.job ? { ...now, ...j } : now))), []);
	useEffect(() => {
		if (job && job.state && job.state !== "running" && done)
			done(job);
	}, [job?.state]);
	const show = (answer) => answer?.job && set({ state: "running", ...answer });
	const running = job && (!job.state || job.state === "running");

	return [show, job && html`<${Notice} tone=${running ? "info" : job.state === "failed" ? "critical" : "ok"} onClose=${() => set(null)}>
		<span>${running ? t("job.running") : t(`job.${job.state}`)} ${visible(job.text || "")}</span>
		${running && html`<progress aria-label=${t("job.running")} max=${job.total || null} value=${job.total ? job.done || 0 : null}></progress>
			${job.total ? html`<span class="faint">${number(job.done || 0)} / ${number(job.total)}</span>` : ""}`}<//>`];
}
