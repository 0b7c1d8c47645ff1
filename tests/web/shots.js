// SPDX-License-Identifier: Apache-2.0
// shots - a picture of every page in light, dark and phone width, and in the other languages, for people to look at
import { mkdirSync } from "node:fs";

export const PAGES = ["overview", "events", "sites", "files", "filters", "hosts", "hass", "audit", "logs", "logs/tamper", "auditlog", "notifications", "users", "settings"];
const FIRST = ["light", 1360, 900];
const LOOKS = [FIRST, ["dark", 1360, 900], ["phone", 390, 844], ["phone-dark", 390, 844], ["zh", 1360, 900], ["ko", 1360, 900], ["ko-phone", 390, 844], ["zh-phone", 390, 844]];

async function wear(page, [look, width, height]) {
	await page.setViewportSize({ width, height });
	await page.evaluate(([theme, language]) => {
		localStorage.setItem("wd.theme", theme);
		localStorage.setItem("wd.language", language);
	}, [look.includes("dark") ? "dark" : "light", /^(zh|ko)/.exec(look)?.[0] || "en"]);
}

/* extra: pages that only the caller knows, like one event: [[name, "#/..."], ...]. Afterwards the page is as in the first look. */
export async function shots(page, origin, dir, extra = [], looks = LOOKS) {
	mkdirSync(dir, { recursive: true });
	const wide = [];

	for (const look of looks) {
		await wear(page, look);
		for (const [name, hash] of [...PAGES.map((p) => [p.replace("/", "-"), `#/${p}`]), ...extra]) {
			await page.goto(`${origin}/${hash}`);
			await page.reload();
			await page.waitForSelector("main h2, main .empty, main .list, main .card, main .notice");
			await page.waitForFunction(() => !document.querySelector(".loading"), null, { timeout: 10000 }).catch(() => {});
			await page.waitForTimeout(350);
			const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			if (over > 0)
				wide.push(`${look[0]}/${name}: ${over} px too wide`);
			await page.screenshot({ path: `${dir}/${name}-${look[0]}.png` });
		}
	}
	await wear(page, FIRST);
	await page.reload();
	return wide;
}
