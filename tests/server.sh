# Start the real nginx with the door, for the demo, the end-to-end tests and the bench: sourced.
#
#   server_start WAY    WAY is fastcgi, cgi, or a program that listens on SOCKET with N workers; needs $WORK (a private folder), $OTACTL_DB and $B
#   server_stop         ends by pid everything that was started
#
# Sets $BASE, the URL of the door, on a free loopback port.

server_pids=

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
		perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

# Wait up to 5 seconds for a command to succeed.
wait_for() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.2
	done
	echo "gave up waiting for: $*" >&2
	return 1
}

server_conf() {	# PORT SOCKET
	cat <<CONF
daemon off;
pid $WORK/nginx.pid;
error_log $WORK/nginx.log warn;
worker_processes 1;
$([ "$(id -u)" = 0 ] && echo "user root;")
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path $WORK/body;
	fastcgi_temp_path $WORK/fastcgi;
	proxy_temp_path $WORK/proxy;
	uwsgi_temp_path $WORK/uwsgi;
	scgi_temp_path $WORK/scgi;
	upstream otactl { server unix:$2; }
	${SERVER_EXTRA_HTTP:-}
	server {
		listen 127.0.0.1:$1;
		set \$otactl_cgi   ${SERVER_CGI:-$(realpath "$B")/otactl.cgi};
		set \$otactl_db    $OTACTL_DB;
		set \$otactl_store $(dirname "$OTACTL_DB")/artifacts;
		set \$otactl_base  http://127.0.0.1:$1/ota;
		include $PWD/deploy/nginx.conf;
		${SERVER_EXTRA:-}
	}
}
CONF
}

server_start() {
	server_socket=$WORK/door.sock
	server_port=$(free_port)
	if [ "$1" = cgi ]; then
		fcgiwrap -s "unix:$server_socket" -c "${SERVER_WORKERS:-4}" >/dev/null 2>"$WORK/fcgiwrap.log" &
	elif [ "$1" != fastcgi ]; then
		"$1" "$server_socket" "${SERVER_WORKERS:-2}" >/dev/null 2>&1 &
	else
		"$B/otactl.cgi" --listen "$server_socket" --workers "${SERVER_WORKERS:-2}" >/dev/null 2>"$WORK/door.log" &
	fi
	server_pids=$!
	server_conf "$server_port" "$server_socket" >"$WORK/nginx.conf"
	wait_for test -S "$server_socket" || return 1
	nginx -p "$WORK" -e "$WORK/nginx.log" -c "$WORK/nginx.conf" >/dev/null 2>&1 &
	server_pids="$! $server_pids"
	BASE=http://127.0.0.1:$server_port/ota
	export BASE
	wait_for test -s "$WORK/nginx.pid"
}

server_stop() {
	for pid in $server_pids; do
		# fcgiwrap leaves its workers behind.
		children=$(command -v pgrep >/dev/null && pgrep -P "$pid" || :)
		# shellcheck disable=SC2086
		kill "$pid" $children 2>/dev/null || :
	done
	for pid in $server_pids; do
		wait "$pid" 2>/dev/null || :
	done
	server_pids=
	rm -f "$WORK/door.sock"
	return 0
}
