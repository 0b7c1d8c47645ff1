// SPDX-License-Identifier: Apache-2.0
// session - who sits there, and what that role may do (the server decides; we only do not offer)
import { signal } from "./signal.js";
import { get, del, onSignedOut } from "./api.js";
import { language, languageChosen, LANGUAGES } from "./prefs.js";
import * as stream from "./stream.js";

export const session = signal(null); // null: not asked yet

/* By role, what is offered. doc/openapi.yaml (x-roles) says the same. */
const MAY = {
	administrator: ["act", "manage", "read-books", "read-users"],
	operator: ["act"],
	auditor: ["read-books", "read-users"],
};

export const may = (what) => (MAY[session.get()?.role] || []).includes(what);

export function enter(s) {
	const was = session.get()?.state;

	session.set(s);
	if (s.state !== "open") {
		stream.stop();
		return;
	}
	if (LANGUAGES[s.language] && !languageChosen())
		language.set(s.language);
	if (was !== "open")
		stream.start();
}

export async function refresh() {
	enter(await get("/session"));
}

export async function leave() {
	try {
		await del("/session");
	} finally {
		enter({ state: "none" });
		await refresh().catch(() => {});
	}
}

onSignedOut(() => enter({ state: "none", ended: true }));
stream.on("end", () => enter({ state: "none", ended: true }));
stream.on("maintenance", (m) =>
	session.set({ ...session.get(), maintenance: m && m.reason ? m : null }));
