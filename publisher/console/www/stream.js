// SPDX-License-Identifier: Apache-2.0
// stream - what the publisher tells by itself. The browser comes back by itself after a break and
// names the last id it has seen; only when the server refuses do we have to start anew.
import { signal } from "./signal.js";

const TYPES = ["event", "alarm", "host", "site", "job", "hass", "audit", "maintenance", "ack", "reset", "end"];
const WAIT_MOST = 30000;

export const live = signal("off"); // off, connecting, open
const listeners = new Map(TYPES.map((t) => [t, new Set()]));
let source = null;
let wait = 1000;
let timer = 0;

export function on(type, fn) {
	listeners.get(type).add(fn);
	return () => listeners.get(type).delete(fn);
}

function tell(type, data) {
	for (const fn of listeners.get(type))
		fn(data);
}

function hear(type, e) {
	let data = {};

	try {
		data = JSON.parse(e.data);
	} catch {
		if (type !== "reset")
			return;
	}
	tell(type, data);
}

export function start(path = "/api/v1/stream") {
	stop();
	live.set("connecting");
	source = new EventSource(path);
	source.onopen = () => {
		wait = 1000;
		live.set("open");
	};
	source.onerror = () => {
		live.set("connecting");
		if (!source || source.readyState !== EventSource.CLOSED)
			return; // it tries again, with Last-Event-ID
		timer = setTimeout(() => {
			start(path);
			tell("reset", {});
		}, wait);
		wait = Math.min(wait * 2, WAIT_MOST);
	};
	for (const type of TYPES)
		source.addEventListener(type, (e) => hear(type, e));
}

export function stop() {
	clearTimeout(timer);
	if (source)
		source.close();
	source = null;
	live.set("off");
}
