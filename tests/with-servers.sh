#!/usr/bin/env bash
# Runs a command beside a PostgreSQL and a Redis of its own:
#
#   tests/with-servers.sh COMMAND [ARGUMENT…]
#   tests/with-servers.sh --cluster COMMAND [ARGUMENT…]
#   tests/with-servers.sh --check        prints the missing Debian packages, one a line
#
# COMMAND finds them in TEST_DATABASE_URL (superuser, maintenance database) and TEST_REDIS_URL; with
# --cluster a Redis Cluster of three masters takes the place of the one Redis, and its URL is in
# TEST_REDIS_CLUSTER_URL.
# All live in one temporary folder and are gone when the script ends, whatever ends it. Its exit
# code is COMMAND's; 125 when the servers could not be started, 128 + n after signal n.
set -euo pipefail

readonly MIN_POSTGRES=15 MIN_REDIS=7 START_SECS=30 STOP_SECS=10
# The slots of the cluster's masters.
readonly SLOTS=('0 5460' '5461 10922' '10923 16383')

dir='' postgres_bin='' postgres_pid='' redis_pid='' command_pid='' signal=''
redis1_pid='' redis2_pid='' redis3_pid=''
drop_root=()

die() {
  printf 'with-servers: %s\n' "$*" >&2
  exit 125
}

# The first number in `NAME --version`: 15 for "postgres (PostgreSQL) 15.14 (Debian …)".
major_version() {
  local text
  text=$("$1" --version 2>/dev/null) || return 1
  [[ $text =~ [0-9]+ ]] && printf '%s\n' "${BASH_REMATCH[0]}"
}

# Debian keeps initdb and postgres off PATH, one folder for each version.
find_postgres() {
  local folder version best=$((MIN_POSTGRES - 1))
  if folder=$(command -v initdb); then
    folder=$(dirname "$(readlink -f "$folder")")
    version=$(major_version "$folder/postgres") || version=0
    if ((version >= MIN_POSTGRES)); then
      postgres_bin=$folder
      return
    fi
  fi
  for folder in /usr/lib/postgresql/*/bin; do
    [[ -x $folder/initdb ]] || continue
    version=$(major_version "$folder/postgres") || continue
    if ((version > best)); then best=$version postgres_bin=$folder; fi
  done
  [[ -n $postgres_bin ]]
}

find_redis() {
  local version
  command -v redis-cli >/dev/null && version=$(major_version redis-server) && ((version >= MIN_REDIS))
}

check() {
  local missing=()
  find_postgres || missing+=(postgresql)
  find_redis || missing+=(redis-server)
  if ((${#missing[@]})); then
    printf '%s\n' "${missing[@]}"
    return 1
  fi
}

# Asked of the job table, because the number of a process that has ended may be another's by now.
is_running() {
  [[ -n $1 && " $(jobs -rp | tr '\n' ' ')" == *" $1 "* ]]
}

# Waits until process $1 has ended, for $2 seconds at most.
ended_within() {
  local tenths
  for ((tenths = 10 * $2; tenths > 0; tenths--)); do
    is_running "$1" || return 0
    sleep 0.1
  done
  ! is_running "$1"
}

stop() {
  local pid=$1 with=$2
  is_running "$pid" || return 0
  kill -s "$with" "$pid" 2>/dev/null || true
  ended_within "$pid" "$STOP_SECS" || kill -s KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# shellcheck disable=SC2317  # called by the traps
clean_up() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  stop "$command_pid" TERM
  local pid
  for pid in "$redis_pid" "$redis1_pid" "$redis2_pid" "$redis3_pid"; do stop "$pid" TERM; done
  # An immediate stop: a checkpoint of databases that are deleted next would be wasted.
  stop "$postgres_pid" QUIT
  [[ -z $dir ]] || rm -rf "$dir"
  exit "$code"
}

free_port() {
  # Below 32768, where Linux starts to hand out ports to clients. A taken one is noticed when the
  # server fails to bind it, and the next is tried.
  printf '%s\n' $((20000 + RANDOM % 12000))
}

# start NAME READY COMMAND…: sets NAME_pid and returns once READY answers; 1 when the server ended.
# READY asks through a socket in our own folder: nobody else's server can answer there.
start() {
  local name=$1 ready=$2 pid tenths
  shift 2
  # A process group of its own (-m): Ctrl-C reaches the command first, and the servers stay for it.
  set -m
  (cd "$dir" && exec ${drop_root[@]+"${drop_root[@]}"} "$@") </dev/null >"$dir/$name.log" 2>&1 &
  pid=$!
  printf -v "${name}_pid" '%s' "$pid"
  set +m
  for ((tenths = 10 * START_SECS; tenths > 0; tenths--)); do
    is_running "$pid" || return 1
    if "$ready" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  die "$name did not answer within $START_SECS s: $(tail -n 5 "$dir/$name.log")"
}

# As `start`, on one free port after another; `@PORT@` in an argument stands for it, `@BUS@` for a second.
start_on_free_port() {
  local name=$1 attempt arguments
  for ((attempt = 0; attempt < 10; attempt++)); do
    port=$(free_port) bus=$(free_port)
    arguments=("${@//@PORT@/$port}")
    if start "${arguments[@]//@BUS@/$bus}"; then return; fi
    grep -qiE 'address already in use|could not bind' "$dir/$name.log" || break
  done
  die "$name did not start: $(tail -n 5 "$dir/$name.log")"
}

# shellcheck disable=SC2317  # called by name
postgres_ready() { "$postgres_bin/pg_isready" --quiet --host "$dir/postgres" --port "$port"; }
# shellcheck disable=SC2317
redis_ready() { [[ $(ask redis ping) == PONG ]]; }
# shellcheck disable=SC2317
redis1_ready() { [[ $(ask redis1 ping) == PONG ]]; }
# shellcheck disable=SC2317
redis2_ready() { [[ $(ask redis2 ping) == PONG ]]; }
# shellcheck disable=SC2317
redis3_ready() { [[ $(ask redis3 ping) == PONG ]]; }

# ask NAME WORD…: what a Redis says to a command.
ask() {
  local name=$1
  shift
  redis-cli -s "$dir/$name/redis.sock" "$@"
}

# start_redis NAME [ARGUMENT…]: starts one with a file of its own.
start_redis() {
  local name=$1 user=${drop_root[1]-}
  shift
  mkdir "$dir/$name"
  [[ -z $user ]] || chown "${user#--reuid=}" "$dir/$name"
  start_on_free_port "$name" "${name}_ready" redis-server --bind 127.0.0.1 --port @PORT@ \
    --dir "$dir/$name" --unixsocket "$dir/$name/redis.sock" --daemonize no --save '' \
    --appendonly yes --appendfsync everysec "$@"
}

start_cluster() {
  local number hosts='' seen tenths
  for number in 1 2 3; do
    start_redis "redis$number" --cluster-enabled yes --cluster-port @BUS@
    hosts+=${hosts:+,}127.0.0.1:$port
    # shellcheck disable=SC2086  # two words
    ask "redis$number" cluster addslotsrange ${SLOTS[number - 1]} >/dev/null
    ask "redis$number" cluster set-config-epoch "$number" >/dev/null
    ((number == 1)) || ask redis1 cluster meet 127.0.0.1 "$port" "$bus" >/dev/null
  done
  for ((tenths = 10 * START_SECS; tenths > 0; tenths--)); do
    seen=0
    for number in 1 2 3; do
      [[ $(ask "redis$number" cluster info) != *cluster_state:ok* ]] || ((seen += 1))
    done
    if ((seen == 3)); then
      export TEST_REDIS_CLUSTER_URL="redis+cluster://$hosts"
      return
    fi
    sleep 0.1
  done
  die "the masters of the cluster did not find each other: $(tail -n 5 "$dir/redis1.log")"
}

start_servers() {
  # Folders of TMPDIR may be closed to the servers' user, and a socket's path has about 100 bytes.
  local parent=${TMPDIR:-/tmp}
  if ((EUID == 0 || ${#parent} > 60)); then parent=/tmp; fi
  dir=$(mktemp -d "$parent/deskpulse.XXXXXX")
  mkdir "$dir/postgres"
  if ((EUID == 0)); then
    # PostgreSQL refuses to run as root.
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    command -v setpriv >/dev/null || die 'setpriv is missing, package util-linux'
    drop_root=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
    chmod 711 "$dir"
    chown "$user" "$dir/postgres"
  fi

  local port bus
  (
    cd "$dir"
    ${drop_root[@]+"${drop_root[@]}"} "$postgres_bin/initdb" --no-sync --auth=trust --username=postgres \
      --encoding=UTF8 --locale=C --pgdata="$dir/postgres/data"
  ) </dev/null >"$dir/initdb.log" 2>&1 || die "initdb failed: $(tail -n 5 "$dir/initdb.log")"

  start_on_free_port postgres postgres_ready "$postgres_bin/postgres" -D "$dir/postgres/data" \
    -c listen_addresses=127.0.0.1 -c port=@PORT@ -c "unix_socket_directories=$dir/postgres" \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300
  export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"

  # The tests take what they find: nothing of the caller's.
  unset TEST_REDIS_URL TEST_REDIS_CLUSTER_URL
  if [[ -n $cluster ]]; then
    start_cluster
  else
    start_redis redis
    export TEST_REDIS_URL="redis://127.0.0.1:$port/"
  fi
}

# The command runs in the background so that a signal is acted upon at once, not when it has ended;
# it keeps the terminal, its input and the default action of Ctrl-C.
run_command() {
  local code=0
  (
    trap - INT QUIT
    exec "$@"
  ) <&0 &
  command_pid=$!
  trap 'signal=${signal:-2}' INT
  trap 'signal=${signal:-15}' TERM
  trap 'signal=${signal:-1}' HUP
  wait "$command_pid" || code=$?
  if [[ -n $signal ]]; then
    # Ctrl-C went to the command too, and a second one would cut its own clean-up short.
    [[ $signal != 2 ]] || ended_within "$command_pid" "$STOP_SECS" || true
    code=$((128 + signal))
  fi
  return "$code"
}

main() {
  if [[ ${1-} == --check ]]; then
    check
    return
  fi
  local cluster=''
  if [[ ${1-} == --cluster ]]; then
    cluster=yes
    shift
  fi
  (($#)) || die 'usage: tests/with-servers.sh [--cluster] COMMAND [ARGUMENT…]'
  find_postgres || die "PostgreSQL $MIN_POSTGRES or newer is missing: apt-get install postgresql"
  find_redis || die "Redis $MIN_REDIS or newer is missing: apt-get install redis-server"
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  start_servers
  run_command "$@"
}

main "$@"
