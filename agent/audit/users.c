// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include <strings.h>
#include "users.h"

#define REALM "org.apache.catalina.realm."

bool has_role(const struct user *u, const char *prefix)
{
	size_t n = strlen(prefix);

	for (const char *at = u->roles; *at; at += strcspn(at, ","), at += strspn(at, ", "))
		if (strncasecmp(at, prefix, n) == 0)
			return true;
	return false;
}

static bool exact_role(const struct user *u, const char *role)
{
	size_t n = strlen(role);

	for (const char *at = u->roles; *at; at += strcspn(at, ","), at += strspn(at, ", "))
		if (strncasecmp(at, role, n) == 0 && strchr(", ", at[n]))
			return true;
	return false;
}

static const char *either(struct tomcat *t, const xmlNode *node, const char *one, const char *two)
{
	const char *value = tomcat_attr(t, node, one, NULL);

	return value ? value : tomcat_attr(t, node, two, NULL);
}

static const char *roles_of_group(struct tomcat *t, const xmlNode *root, const char *name, size_t n)
{
	xml_each(group, root, "group")
	{
		const char *own = either(t, group, "groupname", "name");

		if (own && strlen(own) == n && memcmp(own, name, n) == 0)
			return tomcat_attr(t, group, "roles", "");
	}
	return "";
}

static const char *all_roles(struct tomcat *t, const xmlNode *root, const xmlNode *user)
{
	const char *roles = tomcat_attr(t, user, "roles", "");
	const char *groups = tomcat_attr(t, user, "groups", "");

	while (*(groups += strspn(groups, ", "))) {
		size_t n = strcspn(groups, ", ");

		roles = pool_printf(t->pool, "%s,%s", roles, roles_of_group(t, root, groups, n));
		groups += n;
	}
	return roles + strspn(roles, ", ");
}

static void read_users(struct tomcat *t, struct user_db *db)
{
	xmlNode *root = xml_root(db->xml);

	xml_each(node, root, "user")
	{
		struct user *u = pool_alloc(t->pool, sizeof(*u));

		u->xml = db->xml;
		u->node = node;
		u->line = xml_line(db->xml, node);
		u->name = either(t, node, "username", "name");
		u->password = tomcat_attr(t, node, "password", NULL);
		u->roles = all_roles(t, root, node);
		u->admin = has_role(u, "manager-") || has_role(u, "admin-") ||
			   exact_role(u, "manager") || exact_role(u, "admin");
		if (!u->name)
			u->name = "";
		list_add(t->pool, &db->users, u);
	}
}

/* The handler that knows an algorithm, in a realm or nested in another handler. */
static void read_storage(struct tomcat *t, struct user_db *db)
{
	const char *legacy = db->realm ? tomcat_attr(t, db->realm, "digest", NULL) : NULL;

	if (legacy) {
		db->storage = STORED_DIGEST;
		db->algorithm = legacy;
	}
	for (xmlNode *at = db->realm; at; at = xml_walk(db->realm, at)) {
		const char *class, *algorithm;

		if (!xml_is(at, "CredentialHandler"))
			continue;
		class = tomcat_attr(t, at, "className", "");
		algorithm = tomcat_attr(t, at, "algorithm", NULL);
		if (strcmp(class, REALM "SecretKeyCredentialHandler") == 0) {
			db->storage = STORED_PBKDF2;
			db->algorithm = algorithm ? algorithm : "PBKDF2WithHmacSHA1";
			return;
		}
		if (strcmp(class, REALM "MessageDigestCredentialHandler") == 0 && algorithm) {
			db->storage = STORED_DIGEST;
			db->algorithm = algorithm;
			return;
		}
		if (strcmp(class, REALM "MessageDigestCredentialHandler") != 0 &&
		    strcmp(class, REALM "NestedCredentialHandler") != 0)
			db->storage = STORED_UNKNOWN;
	}
}

static struct user_db *db_at(struct tomcat *t, struct user_source *out, const char *path,
			     xmlNode *realm)
{
	struct user_db *db;

	for (size_t i = 0; i < out->dbs.n; i++) {
		db = out->dbs.v[i];
		if (strcmp(db->xml->path, path) == 0) {
			if (!db->realm && realm) {
				db->realm = realm;
				read_storage(t, db);
			}
			return db;
		}
	}
	db = pool_alloc(t->pool, sizeof(*db));
	db->xml = xml_load(t->pool, path);
	db->realm = realm;
	read_storage(t, db);
	read_users(t, db);
	list_add(t->pool, &out->dbs, db);
	return db;
}

static const char *db_path(struct tomcat *t, const char *pathname)
{
	if (strncmp(pathname, "file:", 5) == 0)
		pathname += 5 + (strncmp(pathname + 5, "//", 2) == 0 ? 2 : 0);
	return tomcat_path(t, pathname);
}

static bool is_remote(const char *pathname)
{
	return strstr(pathname, "://") && strncmp(pathname, "file:", 5) != 0;
}

/* The realm that refers to a global resource by name. */
static xmlNode *realm_for(struct tomcat *t, const char *resource)
{
	xmlNode *root = xml_root(t->server);

	for (xmlNode *at = root; at; at = xml_walk(root, at))
		if (xml_is(at, "Realm") &&
		    strcmp(tomcat_attr(t, at, "className", ""), REALM "UserDatabaseRealm") == 0 &&
		    strcmp(tomcat_attr(t, at, "resourceName", "UserDatabase"), resource) == 0)
			return at;
	return NULL;
}

static void take_resource(struct tomcat *t, struct user_source *out, const xmlNode *node)
{
	const char *type = tomcat_attr(t, node, "type", "");
	const char *pathname = tomcat_attr(t, node, "pathname", "conf/tomcat-users.xml");
	const char *name = tomcat_attr(t, node, "name", "UserDatabase");

	if (strcmp(type, "org.apache.catalina.UserDatabase") != 0)
		return;
	if (strstr(tomcat_attr(t, node, "factory", "MemoryUserDatabaseFactory"),
		   "MemoryUserDatabaseFactory") == NULL ||
	    is_remote(pathname))
		list_add(t->pool, &out->external, (void *)pathname);
	else
		db_at(t, out, db_path(t, pathname), realm_for(t, name));
}

static void take_realm(struct tomcat *t, struct user_source *out, xmlNode *node)
{
	static const char *const harmless[] = {REALM "UserDatabaseRealm", REALM "LockOutRealm",
					       REALM "CombinedRealm", REALM "NullRealm"};
	const char *class = tomcat_attr(t, node, "className", "");
	const char *pathname = tomcat_attr(t, node, "pathname", "conf/tomcat-users.xml");

	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (strcmp(class, harmless[i]) == 0)
			return;
	if (strcmp(class, REALM "MemoryRealm") == 0 && !is_remote(pathname))
		db_at(t, out, db_path(t, pathname), node);
	else
		list_add(t->pool, &out->external, (void *)class);
}

static void walk_for(struct tomcat *t, struct user_source *out, const struct xml *x)
{
	xmlNode *root = xml_root(x);

	for (xmlNode *at = root; at; at = xml_walk(root, at)) {
		if (xml_is(at, "Resource"))
			take_resource(t, out, at);
		else if (xml_is(at, "Realm"))
			take_realm(t, out, at);
	}
}

void users_load(struct tomcat *t, struct user_source *out)
{
	*out = (struct user_source){0};
	walk_for(t, out, t->server);
	walk_for(t, out, t->context);
	for (size_t i = 0; i < t->apps.n; i++) {
		const struct app *app = t->apps.v[i];

		if (app->context && app->context != t->server)
			walk_for(t, out, app->context);
	}
}
