#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// serve - a stand-in for the publisher's console while its pages are being drawn
//
// usage: tests/web/dev/serve.js [PORT]       serves build/www and made-up answers on 127.0.0.1
//
// A tool for those who draw. It proves nothing: `make check-web` drives the real daemons.
// Any name and password of 3 characters or more sign in; the code is 123456; "first" as the name
// shows the first login; a name of "op" or "au" has that role.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import * as data from "./data.js";

const port = Number(process.argv[2]) || 8099;
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
let session = { state: "none" };
let proven = 0;
const streams = new Set();
const ROLE = { op: "operator", au: "auditor" };

const open = (user) => ({ state: "open", user, role: ROLE[user] || "administrator", language: "en", csrf: "x", proven_until: "", expires: "", version: "dev", publisher: "dev", maintenance: data.maintenance });
const fail = (status, reason, error, field) => ({ status, body: { error, reason, ...(field ? { field } : {}) } });
const page = (rows, q) => {
	const at = Number(q.cursor) || 0, limit = Number(q.limit) || 100, found = q.q ? rows.filter((r) => JSON.stringify(r).toLowerCase().includes(q.q.toLowerCase())) : rows;
	return { rows: found.slice(at, at + limit), next: at + limit < found.length ? String(at + limit) : null };
};
const proved = (then) => (Date.now() < proven ? then() : fail(403, "reauth", "prove it"));

function api(method, path, q, body) {
	const p = path.split("/").filter(Boolean).map(decodeURIComponent), key = `${method} ${p[0]}`;

	if (p[0] === "session") {
		if (p[1] === "first" && method === "GET")
			return data.first;
		if (method === "POST" && !p[1])
			session = body.password.length < 3 ? null : body.user === "first" ? { state: "first", csrf: "x" } : { state: "totp", csrf: "x", user: body.user };
		else if (method === "POST")
			session = body.code === "123456" ? open(session.user || "admin") : session;
		else if (p[1] === "proof")
			proven = body.code === "123456" ? Date.now() + 3e5 : 0;
		else if (method === "DELETE")
			session = { state: "none" };
		if (!session || (body.code && body.code !== "123456")) {
			session ||= { state: "none" };
			return fail(401, "login", "name, password or code is wrong");
		}
		return session;
	}
	if (session.state !== "open")
		return fail(401, "login", "sign in first");
	switch (key) {
	case "GET overview": return data.overview();
	case "GET events":
		return p.length === 1 ? page(data.events.filter((e) => (!q.outcome || q.outcome.split(",").includes(e.outcome)) && (!q.host || e.host === q.host) && (!q.open || !e.ack)), q)
			: p[3] === "texts" ? data.texts : { ...(data.events.find((e) => e.id === p[2]) || data.events[0]), evidence_state: "complete", evidence_size: 8123, related: data.events.slice(3, 7) };
	case "POST events": return { acknowledged: body.keys.length };
	case "GET sites": return p[2] === "releases" ? { rows: data.releases } : p[3] === "history" ? { versions: data.versions, events: data.events.slice(0, 4) } : p[2] === "files" ? page(data.files, q) : { rows: data.sites };
	case "GET filters": return { rows: data.filters };
	case "POST filters": return p[1] === "preview" ? data.preview(body.pattern) : proved(() => { data.filters.push({ ...body, kind: "glob", by: "admin", time: new Date().toISOString() }); return {}; });
	case "GET hosts": return p[2] === "metrics" ? data.metrics() : { rows: data.hosts };
	case "GET services": return { rows: data.services };
	case "GET alarms": return { rows: data.alarms };
	case "GET hass": return { rows: data.units };
	case "GET notifications": return p[1] === "log" ? { rows: data.deliveries } : data.notifications;
	case "PUT notifications": return proved(() => fail(400, "bad-request", "mail.server: \"mail..example\" is no host name; give NAME or an address", "mail.server"));
	case "POST notifications": return { delivered: true, detail: "250 2.0.0 accepted" };
	case "GET audit": return p[1] === "waivers" ? { rows: [{ waiver: 1, host: "", check: "WT-11", object: "", owner: "ops", reason: "deploy", expires: "2027-01-31", expired: false }] } : p[1] === "jobs" ? { rows: [{ request: 5, host: "web1", what: "fix", base: "/var/lib/tomcat10", codes: "WT-09", id: "", by: "admin", asked: new Date().toISOString(), answered: "", state: "done", text: "done: 1 changes; wdctl audit undo 20261122-101500-1a2b/WT-09 takes them back" }] } : p[1] === "advisories" ? { serial: 3, issued: "2026-11-20", stale: false } : { rows: p[1] ? [] : data.audits };
	case "POST audit": return p[2] === "fix" ? proved(() => ({ text: data.fixDiff, state: "done" })) : {};
	case "GET logs": return page(p[1] === "tamper" ? data.events : data.journal, q);
	case "GET audit-log": return page(data.acts, q);
	case "POST audit-log": return { entries: data.acts.length, intact: true, broken_at: null };
	case "GET users": return { rows: data.users };
	case "POST users": return proved(() => ({ password: "tidy-otter-42-lamp" }));
	case "GET sessions": return { rows: data.sessions };
	case "GET settings": return data.settings;
	case "PUT maintenance": return proved(() => (data.setMaintenance({ ...body, by: "admin", since: new Date().toISOString(), until: new Date(Date.now() + body.minutes * 6e4).toISOString() }), session = open(session.user), {}));
	case "DELETE maintenance": data.setMaintenance(null); session = open(session.user); return {};
	case "POST sites": setTimeout(() => tell("job", { job: "1", state: "running", progress: { host: "web1", site: "www", files: 700, of: 1402 } }), 800); setTimeout(() => { tell("job", { job: "1", state: "running", row: { host: "web1", site: "www", result: "verified", files: 1402, of: 1402, wrong: 2, restored: 1, removed: 1, waiting: 0, failed: 0 } }); tell("job", { job: "1", state: "done", result: { ok: true } }); }, 2500); return { job: "1" };
	default: return method === "GET" ? fail(404, "not-found", `there is no ${path}`) : proved(() => ({}));
	}
}

function tell(type, d) {
	for (const r of streams)
		r.write(`event: ${type}\nid: ${Date.now()}\ndata: ${JSON.stringify(d)}\n\n`);
}
setInterval(() => tell("event", data.fresh()), Number(process.env.EVERY) || 4000).unref();

createServer((req, res) => {
	const u = new URL(req.url, "http://x");
	let text = "";

	req.on("data", (c) => (text += c)).on("end", () => {
		if (u.pathname === "/api/v1/stream") {
			res.writeHead(200, { "Content-Type": "text/event-stream" }).write(": hello\n\n");
			streams.add(res);
			res.on("close", () => streams.delete(res));
		} else if (u.pathname.startsWith("/api/v1")) {
			const a = api(req.method, u.pathname.slice(7), Object.fromEntries(u.searchParams), text ? JSON.parse(text) : {});
			res.writeHead(a?.status > 99 && a.body ? a.status : 200, { "Content-Type": "application/json" }).end(JSON.stringify(a?.body ?? a));
		} else {
			const file = u.pathname === "/" ? "/index.html" : u.pathname.replace(/[^\w./-]/g, "").replaceAll("..", "");
			try {
				const bytes = readFileSync(join("build/www", file));
				res.writeHead(200, { "Content-Type": types[extname(file)] || "text/plain", "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff" }).end(bytes);
			} catch {
				res.writeHead(404).end();
			}
		}
	});
}).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/`));
