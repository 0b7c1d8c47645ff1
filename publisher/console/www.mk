# SPDX-License-Identifier: Apache-2.0
# The console's pages, and the tests that drive them in a browser. Both need node and npm (only
# here: a server needs neither), so neither is part of `all`.

WWW := build/www
WEB := build/web
WWW_SOURCES := $(shell find publisher/console/www -type f)

.PHONY: www check-web
www: $(WWW)/index.html

$(WEB)/modules: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || scripts/deps node
	mkdir -p $(WEB)
	cp $^ $(WEB)/
	cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(WWW)/index.html: $(WWW_SOURCES) scripts/www.js $(WEB)/modules
	node scripts/www.js $(WEB)/node_modules $(WWW)
	touch $@

check-web: all www
	@scripts/deps web
	tests/web/run

# Without node there is no console to install; everything else is there all the same.
.PHONY: install-www
install: install-www
install-www:
	@if [ -f $(WWW)/index.html ]; then \
		install -d $(DESTDIR)$(PREFIX)/share/webdefender/www && \
		install -m 644 $(WWW)/* $(DESTDIR)$(PREFIX)/share/webdefender/www/; \
	else \
		echo 'install: the console has no pages yet: `make www` (needs node and npm), then again'; \
	fi
