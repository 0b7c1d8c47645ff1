#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// look - the stand-in's pages as pictures: serve must run. usage: tests/web/dev/look.js [LOOK...]
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { shots } from "../shots.js";

const { chromium } = createRequire(resolve("build/web/x.js"))("playwright-core");
const origin = process.env.ORIGIN || "http://127.0.0.1:8099";
const all = [["light", 1360, 900], ["dark", 1360, 900], ["phone", 390, 844], ["phone-dark", 390, 844], ["zh", 1360, 900], ["ko", 1360, 900], ["zh-phone", 390, 844], ["ko-phone", 390, 844]];
const wanted = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await (await browser.newContext({ locale: "en-US" })).newPage();
page.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log("console:", m.text(), m.location().url));
page.on("pageerror", (e) => console.log("page error:", e.message));
await fetch(`${origin}/api/v1/session`, { method: "DELETE" });
await page.goto(origin);
await page.screenshot({ path: "build/screenshots-dev-login.png" });
await page.fill("[name=user]", "admin");
await page.fill("[name=password]", "secret");
await page.click("button[type=submit]");
await page.fill("[name=code]", "123456");
await page.click("button[type=submit]");
await page.waitForSelector(".tiles");
console.log((await shots(page, origin, "build/screenshots-dev", [["event", "#/events/web1/e6"], ["site", "#/sites/www"], ["host", "#/hosts/web1"], ["file", "#/files/www/index.html?file=1"]], all.filter((l) => !wanted.length || wanted.includes(l[0])))).join("\n") || "no page is too wide");
await browser.close();
