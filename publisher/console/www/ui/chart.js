// SPDX-License-Identifier: Apache-2.0
// chart - uPlot with our colours and the line that must not be passed; loaded where it is needed
import uPlot from "uplot";
import { clock, day } from "../format.js";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* The limit as a dashed line across. */
function limitLine(limit) {
	return (u) => {
		const y = u.valToPos(limit, "y", true), { ctx } = u;

		ctx.save();
		ctx.strokeStyle = css("--critical");
		ctx.lineWidth = devicePixelRatio;
		ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
		ctx.beginPath();
		ctx.moveTo(u.bbox.left, y);
		ctx.lineTo(u.bbox.left + u.bbox.width, y);
		ctx.stroke();
		ctx.restore();
	};
}

/* Hours as everywhere else in the console; the date where a day begins. */
function hours(u, splits) {
	return splits.map((s) => {
		const iso = new Date(s * 1000).toISOString(), text = clock(iso).slice(0, 5);
		return text === "00:00" ? day(iso).replace(/[ ,]*20\d\d[年년.]?\s*/, "") : text;
	});
}

/* hours: all of the period is shown, also when the measurements began later. */
export function draw(box, data, field, limit, utc, hours_shown) {
	const end = Math.max(Date.now() / 1000, data.time.at(-1) || 0);
	const line = css("--accent"), faint = css("--text-faint"), grid = css("--line");
	const axis = { stroke: faint, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: `11px ${css("--font")}` };

	return new uPlot({
		width: box.clientWidth || 300, height: 160,
		legend: { show: false }, cursor: { points: { size: 6 } },
		tzDate: utc ? (ts) => uPlot.tzDate(new Date(ts * 1e3), "Etc/UTC") : undefined,
		scales: { x: { range: [end - hours_shown * 3600, end] }, y: { range: [0, 100] } },
		axes: [{ ...axis, space: 60, values: hours }, { ...axis, size: 40, values: (u, v) => v.map((x) => `${x}`) }],
		series: [{}, { stroke: line, width: 1.5, fill: `${line}22`, spanGaps: false, points: { show: false } }],
		hooks: { draw: [limitLine(limit)] },
	}, [data.time, data[field]], box);
}
