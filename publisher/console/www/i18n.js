// SPDX-License-Identifier: Apache-2.0
// i18n - one message table a language (i18n/LANG.js); only the one in use is loaded
import { signal } from "./signal.js";
import { language } from "./prefs.js";

const tables = {
	en: () => import("./i18n/en.js"),
	zh: () => import("./i18n/zh.js"),
	ko: () => import("./i18n/ko.js"),
};

export const messages = signal({});

export async function useTable(name) {
	const table = (await tables[name]()).default;

	document.documentElement.lang = { en: "en", zh: "zh-Hans", ko: "ko" }[name];
	messages.set(table);
}

/* The message, {name} replaced. A key without a message shows itself: a test looks for that. */
export function t(key, args) {
	const text = messages.get()[key] ?? key;

	return args ? text.replace(/\{(\w+)\}/g, (all, name) => args[name] ?? all) : text;
}

/* A word of the protocol (an operation, a state): translated where we know it, else as it is. */
export function word(prefix, value) {
	return messages.get()[`${prefix}.${value}`] ?? value ?? "";
}

language.subscribe(() => useTable(language.get()));
