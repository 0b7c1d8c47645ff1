// SPDX-License-Identifier: Apache-2.0
// pages - the table of pages: what is in the navigation, in which group, for whom
import { Overview } from "./pages/overview.js";
import { Events } from "./pages/events.js";
import { Sites } from "./pages/sites.js";
import { Files } from "./pages/files.js";
import { Filters } from "./pages/filters.js";
import { Hosts } from "./pages/hosts.js";
import { Hass } from "./pages/hass.js";
import { Notifications } from "./pages/notifications.js";
import { Audit } from "./pages/audit.js";
import { Logs } from "./pages/logs.js";
import { AuditLog } from "./pages/auditlog.js";
import { Users } from "./pages/users.js";
import { Settings } from "./pages/settings.js";

export const PAGES = [
	{ name: "overview", group: "watch", icon: "overview", view: Overview },
	{ name: "events", group: "watch", icon: "events", view: Events },
	{ name: "sites", group: "content", icon: "sites", view: Sites },
	{ name: "files", group: "content", icon: "files", view: Files },
	{ name: "filters", group: "content", icon: "filters", view: Filters },
	{ name: "hosts", group: "machines", icon: "hosts", view: Hosts },
	{ name: "hass", group: "machines", icon: "hass", view: Hass },
	{ name: "audit", group: "machines", icon: "audit", view: Audit },
	{ name: "logs", group: "books", icon: "logs", view: Logs },
	{ name: "auditlog", group: "books", icon: "auditlog", view: AuditLog, needs: "read-books" },
	{ name: "notifications", group: "manage", icon: "notifications", view: Notifications, needs: "read-books" },
	{ name: "users", group: "manage", icon: "users", view: Users },
	{ name: "settings", group: "manage", icon: "settings", view: Settings, needs: "read-books" },
];
