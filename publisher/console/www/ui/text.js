// SPDX-License-Identifier: Apache-2.0
// text - what others have named: paths, programs, hashes, times
import { html, useState } from "htm/preact/standalone";
import { ago, full, minute, visible, short } from "../format.js";
import { zone, language } from "../prefs.js";
import { signal, useSignal } from "../signal.js";

const second = signal(Date.now());
setInterval(() => document.hidden || second.set(Date.now()), 5000);

/* The directory may be shortened, the name is what people look for. */
export function Path({ value, class: cls = "" }) {
	const s = visible(value), slash = s.lastIndexOf("/", s.length - 2) + 1;

	return html`<span class=${`path ${cls}`} title=${s} dir="ltr"><span class="path-dir">${s.slice(0, slash)}</span><span
		class="path-name">${s.slice(slash)}</span></span>`;
}

export const Mono = ({ children }) => html`<code class="mono" dir="ltr">${visible(children)}</code>`;

export function Time({ value, relative }) {
	useSignal(zone);
	useSignal(language);
	const now = useSignal(second);
	const known = value && value !== "-";

	return html`<time datetime=${known ? value : null} title=${full(value)}>${relative ? ago(value, now) : minute(value)}</time>`;
}

export function Full({ value }) {
	useSignal(zone);
	return html`<time datetime=${value || null}>${full(value)}</time>`;
}

/* Twelve digits tell two files apart; a click shows all of it. */
export function Hash({ value }) {
	const [open, set] = useState(false);

	if (!value)
		return html`<span class="faint">–</span>`;
	return html`<button type="button" class="hash" title=${value} aria-expanded=${open ? "true" : "false"}
		onClick=${() => set(!open)}><code>${open ? value : short(value)}</code></button>`;
}
