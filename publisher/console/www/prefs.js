// SPDX-License-Identifier: Apache-2.0
// prefs - what this browser remembers: theme, language, times. Nothing secret.
import { signal } from "./signal.js";

const read = (key, allowed, otherwise) => {
	try {
		const v = localStorage.getItem(`wd.${key}`);
		return allowed.includes(v) ? v : otherwise;
	} catch {
		return otherwise;
	}
};

function pref(key, allowed, otherwise) {
	const s = signal(read(key, allowed, otherwise));

	s.subscribe(() => {
		try {
			localStorage.setItem(`wd.${key}`, s.get());
		} catch {
			// private mode: remembered until the page is left
		}
	});
	return s;
}

export const LANGUAGES = { en: "English", zh: "中文", ko: "한국어" };
const mine = (navigator.language || "en").slice(0, 2);

export const theme = pref("theme", ["auto", "light", "dark"], "auto");
export const language = pref("language", Object.keys(LANGUAGES), LANGUAGES[mine] ? mine : "en");
export const zone = pref("zone", ["local", "utc"], "local");
export const languageChosen = () => read("language", Object.keys(LANGUAGES), null) !== null;

function showTheme() {
	document.documentElement.dataset.theme = theme.get();
}
theme.subscribe(showTheme);
showTheme();
