// SPDX-License-Identifier: Apache-2.0
// dialog - <dialog>: the browser keeps the focus in it and gives it back; Escape closes
import { html, useEffect, useRef, useState } from "htm/preact/standalone";
import { Icon } from "./icon.js";
import { Failed } from "./parts.js";
import { t } from "../i18n.js";

export function Dialog({ title, onClose, children, tone = "", wide }) {
	const ref = useRef(null);

	useEffect(() => {
		const dialog = ref.current;

		dialog.showModal();
		dialog.querySelector("[autofocus]")?.focus();
		// Taken out of the page without being closed, it would keep the focus it should give back.
		return () => dialog.close();
	}, []);
	return html`<dialog ref=${ref} class=${`${tone} ${wide ? "wide" : ""}`} aria-label=${title}
		onCancel=${(e) => { e.preventDefault(); onClose(); }}>
		<header><h2>${title}</h2><button type="button" class="quiet icon-only" aria-label=${t("do.close")}
			onClick=${onClose}><${Icon} name="close" /></button></header>
		${children}</dialog>`;
}

/*
 * A form in a dialog: submit(values) may throw; what it says is shown, and what was typed stays.
 */
export function FormDialog({ title, onClose, submit, children, action, tone, danger, disabled, wide }) {
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);

	async function onSubmit(e) {
		e.preventDefault();
		setBusy(true);
		setError(null);
		try {
			await submit();
			onClose(true);
		} catch (x) {
			setError(x);
		} finally {
			setBusy(false);
		}
	}
	return html`<${Dialog} title=${title} onClose=${() => onClose(false)} tone=${tone} wide=${wide}>
		<form onSubmit=${onSubmit} autocomplete="off">
			<div class="dialog-body">${children(error)}<${Failed} error=${error} /></div>
			<footer><button type="button" onClick=${() => onClose(false)}>${t("do.cancel")}</button>
				<button type="submit" class=${danger ? "danger" : "primary"} disabled=${busy || disabled}>${action}</button></footer>
		</form><//>`;
}

/* For what cannot be taken back by a click: the name of the thing has to be typed. */
export function Typed({ title, text, word, action, run, onClose }) {
	const [typed, set] = useState("");

	return html`<${FormDialog} title=${title} tone="critical" danger action=${action} submit=${() => run(typed)}
		onClose=${onClose} disabled=${typed !== word}>${() => html`
		<p>${text}</p>
		<label class="field"><span>${t("confirm.type")} <code class="mono confirm-word">${word}</code></span>
			<input autofocus name="confirm" value=${typed} spellcheck=${false} autocapitalize="off"
				onInput=${(e) => set(e.target.value)} /></label>`}<//>`;
}
