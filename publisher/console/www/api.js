// SPDX-License-Identifier: Apache-2.0
// api - calls of /api/v1, and what every caller wants done: CSRF token, second proof, sign-out

const BASE = "/api/v1";
let csrf = "";
let askProof = null; // opens the dialog for a second proof; resolves to true when it was given
let signedOut = null;

export class Failure extends Error {
	constructor(status, body) {
		super(body.error || `HTTP ${status}`);
		this.status = status;
		this.reason = body.reason || "";
		// Commands that wdpub shares begin their sentence with the field: "mail.port: give ..."
		this.field = body.field || /^([a-z_]+(?:\.[a-z_-]+)*): /.exec(this.message)?.[1] || "";
		this.retryAfter = body.retry_after || 0;
	}
}

export function onProof(fn) {
	askProof = fn;
}

export function onSignedOut(fn) {
	signedOut = fn;
}

/* "?a=1&b=2" of what is neither empty nor false. */
export function query(args) {
	const q = new URLSearchParams();

	for (const [k, v] of Object.entries(args || {}))
		if (v !== undefined && v !== null && v !== "" && v !== false)
			q.set(k, v);
	const text = q.toString();
	return text ? `?${text}` : "";
}

/* One segment of a path: a host may be called "a b", an id may hold a slash. */
export const seg = encodeURIComponent;

export const url = (path, args) => BASE + path + query(args);

async function send(method, path, body) {
	const headers = { Accept: "application/json" };
	const init = { method, headers, credentials: "same-origin", cache: "no-store" };

	if (method !== "GET") {
		headers["X-CSRF-Token"] = csrf;
		headers["Content-Type"] = "application/json";
		init.body = JSON.stringify(body || {});
	}
	let answer;
	try {
		answer = await fetch(BASE + path, init);
	} catch {
		throw new Failure(0, { error: "", reason: "offline" });
	}
	const data = await answer.json().catch(() => ({}));
	if (answer.ok) {
		if (typeof data.csrf === "string" && data.csrf)
			csrf = data.csrf;
		return data;
	}
	const failure = new Failure(answer.status, data);
	failure.retryAfter ||= Number(answer.headers.get("Retry-After")) || 0;
	throw failure;
}

export async function call(method, path, body) {
	try {
		return await send(method, path, body);
	} catch (e) {
		if (e.reason === "reauth" && askProof && path !== "/session/proof") {
			if (await askProof())
				return send(method, path, body);
			e.cancelled = true;
		} else if (e.status === 401 && !path.startsWith("/session") && signedOut) {
			signedOut();
		}
		throw e;
	}
}

export const get = (path, args) => call("GET", path + query(args));
export const post = (path, body) => call("POST", path, body);
export const put = (path, body) => call("PUT", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const del = (path, body) => call("DELETE", path, body);
