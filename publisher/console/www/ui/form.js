// SPDX-License-Identifier: Apache-2.0
// form - one field; when the server says that this field is at fault, it is marked and named
import { html } from "htm/preact/standalone";
import { visible } from "../format.js";

let ids = 0;

const idOf = (name) => `f-${name.replace(/\W/g, "-")}`;

/* Is there a field on the page that will show this failure? Else it belongs above the button. */
export const atField = (error) => !!(error?.field && document.getElementById(idOf(error.field)));

export function Field({ label, name, value, onInput, type = "text", hint, error, options, ...more }) {
	const id = idOf(name);
	const wrong = error && (error.field === name);
	const common = { id, name, "aria-invalid": wrong ? "true" : null,
		"aria-describedby": wrong || hint ? `${id}-hint` : null, ...more };
	const take = (e) => onInput(type === "number" ? (e.target.value === "" ? null : Number(e.target.value)) : e.target.value);

	return html`<div class=${`field ${wrong ? "wrong" : ""}`}>
		<label for=${id}>${label}</label>
		${options ? html`<select ...${common} value=${value} onChange=${take}>${options.map(([v, text]) =>
			html`<option key=${v} value=${v} selected=${v === value}>${text}</option>`)}</select>`
		: type === "area" ? html`<textarea ...${common} rows="3" value=${value ?? ""} onInput=${take}></textarea>`
		: html`<input ...${common} type=${type} value=${value ?? ""} onInput=${take} />`}
		${(wrong || hint) && html`<p class="hint" id=${`${id}-hint`}>${wrong ? visible(error.message) : hint}</p>`}
	</div>`;
}

export function Check({ label, checked, onChange, name, hidden, disabled }) {
	const id = `c-${name ? name.replace(/\W/g, "-") : ++ids}`;

	return html`<label class="check" for=${id}><input type="checkbox" id=${id} name=${name || null} checked=${!!checked}
		disabled=${disabled} aria-label=${hidden ? label : null} onChange=${(e) => onChange(e.target.checked)} />
		${!hidden && html`<span>${label}</span>`}</label>`;
}

export const lines = (list) => (list || []).join("\n");
export const unlines = (text) => text.split(/[\n,;]/).map((s) => s.trim()).filter(Boolean);
