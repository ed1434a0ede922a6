#!/bin/sh
# Installs Debian packages as root and leaves no service of theirs running: tests start servers of
# their own. What was installed before stays as it is.
set -eu

policy=/usr/sbin/policy-rc.d
new_services=
for service in postgresql redis-server; do
  case "$(dpkg-query --show --showformat='${Status}' "$service" 2>/dev/null)" in
    *' installed') ;;
    *) new_services="$new_services $service" ;;
  esac
done

# Maintainer scripts ask this file before they start anything; one that is there is somebody's will.
if ! [ -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
# Another apt-get may be at work. Its lock of the package lists is not one that apt-get waits for.
tries=60
until output=$(apt-get --quiet update 2>&1); do
  tries=$((tries - 1))
  case "$output" in *lists/lock*) ;; *) tries=0 ;; esac
  if [ "$tries" -eq 0 ]; then
    printf '%s\n' "$output" >&2
    exit 1
  fi
  sleep 5
done
apt-get --quiet --yes --option DPkg::Lock::Timeout=600 --option Dpkg::Use-Pty=0 \
  install --no-install-recommends "$@"

# Nor after the next boot.
if command -v systemctl >/dev/null; then
  for service in $new_services; do
    case " $* " in
      *" $service "*) systemctl --quiet disable --now "$service" >/dev/null 2>&1 || true ;;
    esac
  done
fi
