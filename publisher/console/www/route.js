// SPDX-License-Identifier: Apache-2.0
// route - where we are: #/page/one/two?key=value, so that back, reload and bookmarks work
import { signal } from "./signal.js";
import { query } from "./api.js";

const part = (s) => {
	try {
		return decodeURIComponent(s);
	} catch {
		return s;
	}
};

function parse() {
	const [path, rest] = location.hash.replace(/^#\/?/, "").split("?", 2);
	const parts = path.split("/").filter(Boolean).map(part);

	return { page: parts[0] || "overview", parts: parts.slice(1),
		args: Object.fromEntries(new URLSearchParams(rest || "")) };
}

export const route = signal(parse());
addEventListener("hashchange", () => route.set(parse()));

export const href = (page, parts = [], args) =>
	`#/${[page, ...parts].map(encodeURIComponent).join("/")}${query(args)}`;

export function go(page, parts, args) {
	location.hash = href(page, parts, args);
}

/* The same page with other arguments; not a step for the back button. */
export function setArgs(args) {
	const { page, parts } = route.get();

	history.replaceState(null, "", href(page, parts, args));
	route.set(parse());
}
