# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A process that looks like a Tomcat, with a configuration to be found fault with; source it after
# lib.sh. tests/audit has real ones. Its base is $work/cat. Sets, while it runs: cat.

cat=

start_cat() {
	mkdir -p "$work/cat/conf" "$work/cat/webapps" "$work/cat/logs"
	cat >"$work/cat/conf/server.xml" <<-X
		<?xml version="1.0"?>
		<!-- kept as it is -->
		<Server port="8005" shutdown="SHUTDOWN">
		  <Service name="Catalina">
		    <Connector port="8080" protocol="HTTP/1.1" />
		    <Engine name="Catalina" defaultHost="localhost">
		      <Host name="localhost" appBase="webapps" unpackWARs="true" autoDeploy="true" />
		    </Engine>
		  </Service>
		</Server>
	X
	echo '<web-app/>' >"$work/cat/conf/web.xml"
	chown -R 65534:65534 "$work/cat"
	python3 -c 'import os, time; os.setgid(65534); os.setuid(65534); time.sleep(600)' "-Dcatalina.base=$work/cat" \
		"-Dcatalina.home=$work/cat" org.apache.catalina.startup.Bootstrap start &
	cat=$!
}

stop_cat() {
	[ -z "$cat" ] || kill "$cat" 2>/dev/null || true
	wait "$cat" 2>/dev/null || true
	cat=
}
