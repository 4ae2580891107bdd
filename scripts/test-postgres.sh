#!/usr/bin/env bash
# Starts a throw-away PostgreSQL on loopback for the tests and prints its URL, and nothing else, on standard output.
# A server left from an earlier call is used again.
set -euo pipefail
port=${UNICA_TEST_POSTGRES_PORT:-54329}
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
  echo 'no PostgreSQL server here: apt-get install postgresql' >&2
  exit 1
fi
home=${TMPDIR:-/tmp}/unica-test-postgres-$port
url="postgres://unica@127.0.0.1:$port/postgres"

as_owner() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

if ! "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then
  rm -rf "$home"
  mkdir -p "$home"
  if [ "$(id -u)" = 0 ]; then chown postgres "$home"; fi
  # A dictionary's order, not that of bytes: hospitals' servers have it, and code that needs byte order must say so.
  as_owner "$bin/initdb" -D "$home/data" -U unica -A trust -E UTF8 --locale-provider=icu --icu-locale=en-US \
    --no-sync >&2
  # Tests are the only user and nothing is worth keeping, so nothing waits for the disk.
  as_owner "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$home -c fsync=off -c max_connections=200" \
    start >&2 </dev/null
fi
printf '%s\n' "$url"
