// SPDX-License-Identifier: Apache-2.0
// www - the bytes on the wire until the overview stands, headers included; of them the API's apart
import { firstLogin, open, start, stop } from "../web/browser.js";

await start();
const page = await open(), cdp = await page.context().newCDPSession(page), urls = new Map(), sizes = { pages: 0, api: 0 };
let files = 0;

await cdp.send("Network.enable");
cdp.on("Network.requestWillBeSent", (r) => urls.set(r.requestId, r.request.url));
cdp.on("Network.loadingFinished", (r) => {
	const api = urls.get(r.requestId)?.includes("/api/");
	sizes[api ? "api" : "pages"] += r.encodedDataLength;
	files += !api;
});
await firstLogin(page, "admin", process.env.PASSWORD, "a calm evening by the sea");
await page.waitForSelector(".tiles");
console.log(`first load of the console: ${(sizes.pages / 1024).toFixed(1)} KB in ${files} files until the overview stands (at most 150), the API's answers ${(sizes.api / 1024).toFixed(1)} KB`);
await stop();
