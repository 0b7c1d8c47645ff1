// SPDX-License-Identifier: Apache-2.0
// strip - heartbeats as a row of ticks; the chart of a day; a QR code; signal bars
import { html } from "htm/preact/standalone";
import { t } from "../i18n.js";
import { clock, number } from "../format.js";

export function Strip({ strip = "", label }) {
	const missed = [...strip].filter((c) => c === "0").length;
	const shown = strip.padStart(60, "-").slice(-60);

	return html`<svg class="strip" viewBox="0 0 240 20" preserveAspectRatio="none" role="img"
		aria-label=${`${label}: ${t("beat.count", { n: missed })}`}>
		${[...shown].map((c, i) => html`<rect key=${i} x=${i * 4} width="2.6" rx="1"
			y=${c === "1" ? 3 : c === "0" ? 0 : 8} height=${c === "1" ? 14 : c === "0" ? 20 : 4}
			class=${c === "1" ? "came" : c === "0" ? "lost" : "unknown"} />`)}</svg>`;
}

const SERIES = ["failed", "repaired", "denied", "other"];
const W = 960, H = 150, BASE = 126;

/* Stacked bars, a quarter of an hour each. The table below it is for those who do not see it. */
export function DayChart({ timeline }) {
	const most = Math.max(4, ...timeline.map((b) => SERIES.reduce((n, s) => n + (b[s] || 0), 0)));
	const w = W / Math.max(1, timeline.length);
	const sum = (s) => timeline.reduce((n, b) => n + (b[s] || 0), 0);
	const bars = timeline.map((b, i) => {
		let y = BASE;
		return html`<g key=${i}><title>${`${clock(b.time)}  ${SERIES.filter((s) => b[s]).map((s) => `${t(`series.${s}`)} ${b[s]}`).join(", ")}`}</title>
			<rect x=${i * w} y="0" width=${w} height=${BASE} class="hit" />
			${SERIES.map((s) => { const h = ((b[s] || 0) / most) * (BASE - 8); y -= h;
				return h > 0 && html`<rect key=${s} class=${`bar ${s}`} x=${i * w + 1} width=${Math.max(1, w - 2)} y=${y} height=${Math.max(h, 1.5)} rx="1" />`; })}</g>`;
	});
	const marks = timeline.length ? [0, 24, 48, 72].filter((i) => i < timeline.length) : [];

	return html`<figure class="day">
		<svg viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${`${t("overview.timeline")}: ${SERIES.map((s) => `${t(`series.${s}`)} ${sum(s)}`).join(", ")}`}>
			<line x1="0" x2=${W} y1=${BASE} y2=${BASE} class="axis" />
			<text x=${W - 4} y="12" text-anchor="end" class="axis-text">${number(most)}</text>
			${bars}
			${marks.map((i) => html`<text key=${i} x=${i * w + 2} y=${H - 6} class="axis-text">${clock(timeline[i].time).slice(0, 5)}</text>`)}
		</svg>
		<figcaption>${SERIES.map((s) => html`<span key=${s} class="legend"><i class=${`swatch ${s}`}></i>${t(`series.${s}`)} <b>${number(sum(s))}</b></span>`)}</figcaption>
	</figure>`;
}

/* Black on white whatever the theme: phones read nothing else reliably. */
export function Qr({ code, label }) {
	const n = code.size + 8;
	const d = code.rows.map((row, y) => [...row].map((c, x) => (c === "1" ? `M${x + 4} ${y + 4}h1v1h-1z` : "")).join("")).join("");

	return html`<svg class="qr" viewBox=${`0 0 ${n} ${n}`} role="img" aria-label=${label} shape-rendering="crispEdges">
		<rect width=${n} height=${n} fill="#fff" /><path d=${d} fill="#000" /></svg>`;
}

/* dBm to bars as phones do it. */
export function Signal({ dbm }) {
	const bars = dbm === null || dbm === undefined ? 0 : dbm > -70 ? 4 : dbm > -85 ? 3 : dbm > -100 ? 2 : 1;

	return html`<span class="signal"><svg viewBox="0 0 22 16" width="22" height="16" role="img" aria-label=${t("hass.bars", { n: bars })}>
		${[0, 1, 2, 3].map((i) => html`<rect key=${i} x=${i * 6} y=${12 - i * 4} width="4" height=${4 + i * 4} rx="1" class=${i < bars ? "on" : "off"} />`)}</svg>
		<span>${bars ? `${dbm} dBm` : t("hass.no_signal")}</span></span>`;
}
