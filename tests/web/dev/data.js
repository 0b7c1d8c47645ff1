// SPDX-License-Identifier: Apache-2.0
// data - made-up answers for drawing pages: ordinary ones, and ones as hostile as they come
const now = Date.now();
const at = (s) => new Date(now - s * 1000).toISOString().replace("Z", "123Z");
const hex = (n) => Array.from({ length: 64 }, (_, i) => "0123456789abcdef"[(n * 7 + i * 13 + ((n * i) % 11)) % 16]).join("");

const PATHS = ["index.html", "shop/cart.php", "shell.php", "images/logo.png", "news/2026/11/опубликовано.html", "<img src=x onerror=alert(1)>.html",
	"invoice\u202egpj.php", `very/${"long-directory-name/".repeat(9)}and-a-file-name-that-does-not-end-${"x".repeat(90)}.html`, "공지사항/중요한 안내.html", "css/site.css", "a\nb.html"];
const OUTCOMES = ["denied", "denied", "restored", "denied", "removed", "denied", "failed", "noted", "denied", "pending", "clean"];
const OPS = ["write", "unlink", "create", "rename", "chmod", "open"];
const HOSTS = ["web1", "web2", "a-web-server-with-quite-a-long-name.dmz.example.org"];

export const events = Array.from({ length: 3000 }, (_, i) => ({
	key: `${HOSTS[i % 3]}/e${i}`, id: `e${i}`, host: HOSTS[i % 3], site: i % 4 ? "www" : "intranet", source: "kmod", op: OPS[i % 6], denied: OUTCOMES[i % 11] === "denied",
	outcome: OUTCOMES[i % 11], path: PATHS[i % 11], pid: 4000 + i, tgid: 4000 + i, uid: i % 3 ? 33 : 0, euid: i % 3 ? 33 : 0, loginuid: null, comm: i % 3 ? "php-fpm8.2" : "bash",
	exe: i % 3 ? "/usr/sbin/php-fpm8.2" : "/usr/bin/bash", repeat: i % 9 ? undefined : 14, expected: hex(i), found: hex(i + 3), evidence: `e${i}.tar.zst`,
	time: at(i * 97 + 3.0021), seen: at(i * 97 + 3.0019), done: at(i * 97 + 3), received: at(i * 97 + 2.9), ack: i % 7 ? null : { by: "kim", time: at(i * 90), note: "" },
}));

let n = 0;
export const fresh = () => ({ ...events[n % 11], id: `live${++n}`, key: `web1/live${n}`, time: new Date().toISOString(), received: new Date().toISOString(), ack: null });

export const hosts = HOSTS.map((host, i) => ({ host, state: i === 2 ? "away" : "online", connected: i !== 2, since: at(86400 * 3), seen: at(i === 2 ? 840 : 2), source: i === 1 ? "fanotify" : "kmod",
	health: i === 1 ? "warn" : "ok", connect: "", address: `192.0.2.${10 + i}:51820`, version: "0.1.0", note: i === 1 ? "the module cannot be loaded on kernel 5.4: changes are repaired, not denied" : "", pending: i, events: 1200, dropped: i === 1 ? 12 : 0, sealed: i === 0,
	sites: [{ site: "www", serial: 42, mode: "enforce", verified: at(3600), refused: "" }, { site: "intranet", serial: i === 2 ? 5 : 7, mode: i === 1 ? "audit" : "enforce", verified: at(7200), refused: "" }] }));

export const sites = ["www", "intranet"].map((site, i) => ({ site, dir: i ? "/srv/backup/intranet/content/published/current" : "/srv/backup/www", state: "published", problem: "", watch_problem: "", busy: 0, held: i ? 6 : 0, exclude: i ? ["*.tmp", "upload/"] : [], serial: i ? 7 : 42,
	files: i ? 812 : 14021, bytes: i ? 9e6 : 2.3e9, issued: at(4000), expires: at(-86400 * 30), note: "", root: hex(i), hosts: hosts.map((h) => ({ host: h.host, serial: h.sites[i].serial, mode: h.sites[i].mode, verified: at(3600), refused: "", objects: 0, wanted: 0 })) }));

export const releases = Array.from({ length: 14 }, (_, i) => ({ site: "www", serial: 42 - i, files: 14021 - i * 3, bytes: 2.3e9, issued: at(4000 + i * 90000), expires: at(-86400 * 30), root: hex(i), note: i === 3 ? "autumn campaign <b>bold</b>" : "" }));
export const versions = releases.slice(0, 5).map((r) => ({ serial: r.serial, issued: r.issued, hash: r.root, size: 12044, mode: "0644" }));
export const files = [["assets", "dir"], ["upload", "dir"], ...PATHS.map((p) => [p.split("/").pop(), "file"]), ["home", "link"]].map(([name, type], i) => ({ name, type, mode: type === "dir" ? "0755" : "0644", size: 1200 * i ** 3, mtime: at(86400 * i), target: type === "link" ? "index.html" : undefined, excepted: name === "upload", open_events: i === 4 ? 3 : 0 }));
export const filters = [{ site: "www", pattern: "upload/", kind: "dir", note: "customers' pictures", by: "kim", time: at(86400 * 40) }, { site: "intranet", pattern: "*.log", kind: "glob", note: "", by: "admin", time: at(86400) }];
export const preview = (p) => (p.includes("[") ? { status: 400, body: { error: "pattern: \"[\" opens a class that nothing closes; add \"]\" or write \"\\[\"", field: "pattern", reason: "bad-request" } } : { files: p.startsWith("*.") ? 120 : 2, events: 5, sample: PATHS });

const strip = (i) => Array.from({ length: 60 }, (_, k) => (i === 2 && k > 50 ? "0" : (k * 7 + i) % 41 === 0 ? "0" : k < 4 ? "-" : "1")).join("");
const ALARMS = [["tampering", "critical", "web1", "4 files changed by php-fpm8.2 (uid 33) in www since 14:02; all are restored. Look at who runs php on web1."],
	["agent-silent", "critical", HOSTS[2], "no heartbeat for 14 minutes. Protection goes on; nobody reports. Is the machine up, is the network?"],
	["release-expiring", "warning", "", "release 7 of intranet expires in 3 days. Publish it again: wdpub push intranet"]];
export const alarms = ALARMS.map(([kind, severity, host, text], i) => ({ id: i + 1, kind, severity, state: i === 2 ? "acknowledged" : "open", host, site: i === 2 ? "intranet" : "", text, count: i ? 1 : 14, raised: at(900 * (i + 1)), ack: i === 2 ? { by: "kim", time: at(300) } : null, event: i ? "" : "web1/e2" }));
export const overview = () => ({ hosts, sites, alarms, counts: { denied: 214, restored: 9, removed: 3, failed: 1, noted: 12 }, open_events: 31,
	timeline: Array.from({ length: 96 }, (_, i) => ({ time: at((96 - i) * 900), denied: i % 5 ? 1 + ((i * 7) % 6) : 0, repaired: i === 70 ? 6 : i % 23 ? 0 : 1, failed: i === 70 ? 1 : 0, other: i % 17 ? 0 : 2 })),
	beats: [["web1", "publisher", "ok"], ["module", "web1", "ok"], [HOSTS[2], "publisher", "missed"], ["web1", "HaSS", "late"]].map(([from, to, state], i) => ({ from, to, period: 5, last: at(3), state, strip: strip(i) })) });
export const metrics = () => ({ limit_cpu: 80, limit_memory: 80, time: Array.from({ length: 288 }, (_, i) => Math.floor(now / 1000) - (288 - i) * 300), cpu: Array.from({ length: 288 }, (_, i) => (i > 200 && i < 212 ? 92 : 20 + 15 * Math.sin(i / 15) + (i % 5))), memory: Array.from({ length: 288 }, (_, i) => (i > 100 && i < 104 ? null : 48 + i / 20)) });
export const services = [["", "wdpublisherd"], ["", "notify"], ["", "console"], ["web1", "webdefenderd"], ["web1", "nginx"], ["web2", "webdefenderd"]].map(([host, name], i) => ({ host, name, state: i === 4 ? "failed" : "running", since: at(86400 * i + 60), pid: i === 4 ? 0 : 811 + i, rss: 9e6 * (i + 1), cpu: i * 1.3, restarts: i === 4 ? 3 : 0, acts: i > 2 ? ["restart", "stop"] : ["restart"] }));
export const units = [{ host: "web1", connected: true, at: at(4), line: "up", why: "", firmware: "1.0", signal: 18, registered: true, cut: false, beat_expected: true, vouched: true, vouched_times: 1440, beat_lost: false, missed: 0, provisioned: true, uptime: 864000, modem: "ready", withheld: "", counters: {} },
	{ host: "web2", connected: true, at: at(900), line: "silent", why: "no answer to the last three frames", firmware: "1.0", signal: 99, registered: false, cut: true, beat_expected: true, vouched: false, vouched_times: 3, beat_lost: true, missed: 3, provisioned: true, uptime: 7200, modem: "off", withheld: "web2 has lost events", counters: { bad_crc: 14, timeouts: 2 } }];
export const notifications = { mail: { enabled: true, server: "mail.example.org", port: 587, security: "starttls", user: "webdefender", password_set: true, from: "webdefender@example.org", to: ["ops@example.org", "night@example.org"] }, sms: { enabled: true, host: "web1" }, webhook: { enabled: false, url: "", key_set: false }, syslog: { enabled: false, target: "", transport: "tls" },
	quiet: { enabled: true, from: "22:00", to: "07:00", critical_breaks: true }, escalate: { minutes: 15, to: ["head@example.org"] }, fold_minutes: 10,
	kinds: ["tampering", "agent-silent", "hass-silent", "cpu-high", "memory-high", "release-expiring", "login-failed", "events-lost"].map((kind, i) => ({ kind, severity: i < 3 ? "critical" : "warning", mail: true, sms: i < 3, webhook: false, syslog: true, limit: kind.endsWith("-high") ? 80 : null })) };
export const deliveries = Array.from({ length: 12 }, (_, i) => ({ id: i, alarm: i, channel: ["mail", "sms", "syslog"][i % 3], to: i % 3 ? "+82 10 0000 0000" : "ops@example.org", state: ["delivered", "delivered", "waiting", "failed", "folded"][i % 5], tries: 1 + (i % 3), time: at(i * 600), detail: i % 5 === 3 ? "535 5.7.8 authentication failed" : "250 2.0.0 Ok" }));

const CHECKS = [["WT-01", "Restrict access to admin pages", "high"], ["WT-02", "Run under an account of its own", "high"], ["WT-03", "Home directory permissions", "medium"], ["WT-04", "Configuration permissions", "medium"], ["WT-05", "No directory listing", "low"], ["WT-11", "Default account names", "high"], ["WT-13", "Security updates", "high"], ["WX-03", "Shutdown port", "medium"]];
const VERDICTS = ["GOOD", "VULNERABLE", "GOOD", "MANUAL", "GOOD", "VULNERABLE", "ERROR", "N/A"];
export const audits = HOSTS.slice(0, 2).map((host, h) => ({ host, time: at(7000), report: { schema: "webdefender-audit", schema_version: 1, time: at(7000), host, servers: [{ base: h ? "/opt/tomcat/instances/production/customer-portal" : "/var/lib/tomcat10", home: "/usr/share/tomcat10", pid: 812, account: "tomcat", summary: { GOOD: 4, VULNERABLE: 2, MANUAL: 1, ERROR: 1, "N/A": 0 },
	results: CHECKS.map(([code, title, risk], i) => ({ code, title, risk, verdict: VERDICTS[(i + h) % 8], waived: i === 5 && !h, expected: "only named networks reach the manager", anchors: "", findings: VERDICTS[(i + h) % 8] === "GOOD" ? [] : [{ verdict: VERDICTS[(i + h) % 8], risk, object: "/etc/tomcat10/Catalina/localhost/manager.xml", line: 3, observed: "no valve restricts who reaches it", remedy: "add a RemoteAddrValve that allows 127.0.0.0/8", fix: "C", note: false, count: 1, waiver: i === 5 && !h ? { owner: "ops", reason: "deployments", expires: "2027-01-31" } : null }] })) }] } }));
export const fixDiff = "--- /etc/tomcat10/Catalina/localhost/manager.xml\n+++ /etc/tomcat10/Catalina/localhost/manager.xml\n@@ -1,3 +1,4 @@\n <Context antiResourceLocking=\"false\">\n+\t<Valve className=\"org.apache.catalina.valves.RemoteAddrValve\" allow=\"127.0.0.1\"/>\n </Context>\n";
export const journal = Array.from({ length: 1200 }, (_, i) => ({ n: 1200 - i, time: at(i * 300), level: ["info", "info", "warning", "error", "debug"][i % 5], act: ["push", "verify", "evidence", "host", "login"][i % 5], site: i % 2 ? "www" : "", host: i % 3 ? "web1" : "", text: i % 5 === 3 ? "evidence e77 arrived damaged and is fetched again <script>alert(1)</script>" : "release 42 applied in 310 ms, 14,021 files" }));
export const acts = Array.from({ length: 400 }, (_, i) => ({ n: 400 - i, time: at(i * 1700), user: i % 4 ? "kim" : "admin", role: "operator", address: "198.51.100.7", act: ["event-ack", "rollback", "login", "filter-add"][i % 4], object: i % 4 ? "www" : "web1/e7", result: ["ok", "ok", "refused", "ok", "failed"][i % 5], detail: i % 4 === 1 ? "to release 40" : "", hash: hex(i) }));
export const users = [{ name: "admin", role: "administrator", email: "admin@example.org", phone: "+82 10 1234 5678", totp: true, disabled: false, first: false, created: at(1e6), last_login: at(60), sessions: 1 }, { name: "kim", role: "operator", email: "", phone: "", totp: true, disabled: false, first: false, last_login: at(9000), sessions: 0 }, { name: "park", role: "auditor", email: "park@example.org", totp: false, first: true, last_login: "" }, { name: "old", role: "operator", disabled: true, last_login: at(9e6) }];
export const sessions = [{ id: "1", user: "admin", address: "198.51.100.7", agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 \"><script>alert(1)</script>", started: at(600), seen: at(4), current: true }, { id: "2", user: "admin", address: "203.0.113.9", agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)", started: at(90000), seen: at(4000), current: false }];
export const settings = { certificate: { subject: "CN=publisher.example.org", issuer: "CN=WebDefender demo CA", expires: at(-86400 * 300), fingerprint: hex(9), self_made: true }, keep_events_days: 365, keep_log_days: 365, keep_metrics_days: 30, evidence_max_mib: 2048, session_minutes: 60, language: "en" };
export let maintenance = null;
export const setMaintenance = (m) => { maintenance = m; };
const line = (i) => `<p>paragraph ${i}: the true text of this page</p>`;
const page = ["<!doctype html>", "<title>Our shop</title>", "<h1>Welcome to our shop</h1>", ...Array.from({ length: 30 }, (_, i) => line(i))];
export const texts = { original: `${page.join("\n")}\n`, tampered: `${page.map((l) => (l.includes("<h1>") ? "<h1>0wned by <script>alert(1)</script></h1>" : l)).filter((_, i) => i !== 20).join("\n")}\n<iframe src=//evil.example></iframe>\n`, original_size: 1500, tampered_size: 1523, why: "", truncated: false };
const qrRows = Array.from({ length: 33 }, (_, y) => Array.from({ length: 33 }, (_, x) => ((x * y + x * 3 + y * 5) % 3 === 0 ? "1" : "0")).join(""));
export const first = { uri: "otpauth://totp/WebDefender:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", qr: { size: 33, rows: qrRows } };
