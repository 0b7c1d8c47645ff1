// SPDX-License-Identifier: Apache-2.0
// format - times, sizes, and strings that somebody else has chosen
import { language, zone } from "./prefs.js";
import { t } from "./i18n.js";

const locale = () => ({ en: "en-GB", zh: "zh-CN", ko: "ko-KR" })[language.get()];
const timeZone = () => (zone.get() === "utc" ? "UTC" : undefined);
const known = (iso) => iso && iso !== "-" && !Number.isNaN(Date.parse(iso));
const made = new Map();

/* Making a formatter costs more than using it a hundred times. */
function formatter(kind, options) {
	const key = `${kind} ${language.get()} ${zone.get()} ${JSON.stringify(options)}`;

	if (!made.has(key))
		made.set(key, new Intl[kind](locale(), options));
	return made.get(key);
}

const date = (iso, options) =>
	known(iso)
		? formatter("DateTimeFormat", { ...options, timeZone: timeZone() }).format(new Date(iso))
		: "–";

export const clock = (iso) =>
	date(iso, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
export const day = (iso) => date(iso, { year: "numeric", month: "short", day: "numeric" });
export const minute = (iso) =>
	date(iso, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/* 22 Nov 2026, 14:03:22.123 UTC: of the microseconds three digits are enough for a person. */
export function full(iso) {
	if (!known(iso))
		return "–";
	const text = date(iso, {
		year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
		second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23", timeZoneName: "short",
	});
	return text;
}

/* Microseconds since 1970: Date keeps only milliseconds, and a repair takes one or two. */
export function micros(iso) {
	if (!known(iso))
		return null;
	const m = /\.(\d+)Z?$/.exec(iso);
	const us = m ? Number(m[1].padEnd(6, "0").slice(0, 6)) : 0;
	return Math.floor(Date.parse(iso) / 1000) * 1e6 + us;
}

export function duration(us) {
	if (us === null || us < 0)
		return "–";
	if (us < 1000)
		return `${number(us)} µs`;
	if (us < 1e6)
		return `${number(us / 1000, us < 1e4 ? 1 : 0)} ms`;
	if (us < 120e6)
		return `${number(us / 1e6, us < 1e7 ? 1 : 0)} s`;
	return `${number(us / 60e6, 0)} min`;
}

const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export function ago(iso, now = Date.now()) {
	if (!known(iso))
		return t("time.never");
	const s = Math.round((Date.parse(iso) - now) / 1000);
	const [unit, size] = STEPS.find(([, n]) => Math.abs(s) >= n) || STEPS[3];
	if (Math.abs(s) < 5)
		return t("time.now");
	return formatter("RelativeTimeFormat", { numeric: "always", style: "short" })
		.format(Math.trunc(s / size), unit);
}

export function number(n, digits = 0) {
	return typeof n === "number"
		? formatter("NumberFormat", { maximumFractionDigits: digits }).format(n)
		: "–";
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(n) {
	if (typeof n !== "number")
		return "–";
	let i = 0;
	for (; n >= 1024 && i < UNITS.length - 1; i++)
		n /= 1024;
	return `${number(n, i && n < 10 ? 1 : 0)} ${UNITS[i]}`;
}

/*
 * A file may be called "photo<U+202E>gpj.php" to read as "photophp.jpg", or hold a line break to
 * look like two. What steers the text instead of being text is shown by its number.
 */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export function visible(s) {
	return String(s ?? "").replace(STEERING,
		(c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export const short = (hash) => (hash ? hash.slice(0, 12) : "–");
