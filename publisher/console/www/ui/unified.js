// SPDX-License-Identifier: Apache-2.0
// unified - what a fix would change or has changed, as the agent wrote it: diffs, modes, moves
import { html } from "htm/preact/standalone";
import { visible } from "../format.js";

const sign = (line) => (/^(\+\+\+|---|@@)/.test(line) ? "meta" : { "+": "added", "-": "removed" }[line[0]] || "");

/* Is there anything in it that would be done? The rest is why something is not. */
export const changes = (text) => /^(@@ | {4}(chmod|mv|rm|new file) )/m.test(text || "");

/* Tabs are text here; whatever else steers is shown by its number. */
export const Unified = ({ text, label }) => html`<div class="unified" tabindex="0" role="region" aria-label=${label}>${text.trimEnd().split("\n").map((line, i) =>
	html`<div key=${i} class=${sign(line)}>${line.split("\t").map(visible).join("\t") || " "}</div>`)}</div>`;
