// SPDX-License-Identifier: Apache-2.0
// icon - our own line icons on a 24 grid, drawn with the current colour
import { html } from "htm/preact/standalone";

const PATHS = {
	overview: "M3 13h7V4H3zM14 20h7v-9h-7zM14 7h7V4h-7zM3 20h7v-3H3z",
	events: "M3 12h4l3-8 4 16 3-8h4",
	sites: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9s.5-6 3.5-9z",
	files: "M4 20V5h6l2 2.5h8V20z",
	filters: "M3 5h18l-7 8.5V20l-4-2v-4.5z",
	hosts: "M4 4h16v6H4zM4 14h16v6H4zM7.5 7h.01M7.5 17h.01M12 7h5M12 17h5",
	hass: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
	notifications: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4",
	audit: "M9 4h6v3H9zM9 5H5v16h14V5h-4M8.5 14l2.5 2.5 4.5-5",
	logs: "M5 3h10l4 4v14H5zM9 11h6M9 15h6M9 7h3",
	auditlog: "M12 3 4 6v6c0 5 3.5 8 8 9.5 4.5-1.5 8-4.5 8-9.5V6zM12 8v4.5l3 2",
	users: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.5 3-6 6.5-6s6.5 2.5 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3.5 2.8 3.5 5.5",
	settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5M4 12h4M12 12h8M10 9.5v5",
	more: "M4 7h16M4 12h16M4 17h16",
	close: "M6 6l12 12M18 6 6 18",
	check: "M5 12.5l4.5 4.5L19 7.5",
	ok: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12.2l2.8 2.8L16 9.5",
	critical: "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM12 7.5V13M12 16.5h.01",
	warning: "M12 3.5 22 20.5H2zM12 10v4.5M12 17.5h.01",
	info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.5h.01",
	neutral: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12h8",
	shield: "M12 3 4 6v6c0 5 3.5 8 8 9.5 4.5-1.5 8-4.5 8-9.5V6zM8.5 12l2.5 2.5 4.5-5",
	restored: "M4 11a8 8 0 1 1 2 6.5M4 4.5V11h6.5",
	removed: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
	pending: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5.5l3.5 2",
	pause: "M8 5v14M16 5v14",
	play: "M7 4.5v15l12-7.5z",
	search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21",
	download: "M12 4v11M7 10.5l5 5 5-5M4 20h16",
	plus: "M12 5v14M5 12h14",
	refresh: "M20 12a8 8 0 1 1-2.5-5.8M20 3v5h-5",
	dir: "M3 19V5.5h6.5l2 2.5H21V19z",
	file: "M6 3h8l4 4v14H6zM14 3v4h4",
	link: "M10 14l4-4M8.5 11 6 13.5a3.5 3.5 0 0 0 5 5l2.5-2.5M15.500 13l2.5-2.500a3.500 3.500 0 0 0-5-5L10.500 8",
	sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
	moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
	contrast: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
	cut: "M12 3v8M7 6.500a8 8 0 1 0 10 0",
	right: "M9 5l7 7-7 7",
	out: "M14 4h6v16h-6M4 12h11M11 8l4 4-4 4",
	seal: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v10H5zM12 15v2.500",
};

/* Beside a word it says nothing by itself; alone it needs `label`. */
export function Icon({ name, label, size = 18, cls = "" }) {
	return html`<svg class=${`icon ${cls}`} width=${size} height=${size} viewBox="0 0 24 24"
		fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"
		stroke-linejoin="round" role=${label ? "img" : null} aria-label=${label || null}
		aria-hidden=${label ? null : "true"} focusable="false">
		<path d=${PATHS[name] || PATHS.neutral} /></svg>`;
}
