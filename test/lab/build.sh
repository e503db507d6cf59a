#!/bin/sh
# Builds a real Asterisk for the live lab into a cache folder outside the tree, once; a second run
# finds it there and does nothing. Debian's own packages, unpacked by debootstrap, no daemon started.
#
#   test/lab/build.sh [22|16]      prints the folder of the ready system
set -eu

version="${1:-22}"
cache="${ASTERISK_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/asterisk-kommo/lab}"
root="$cache/asterisk-$version"
recipe=1 # count it up when what is installed below changes: older caches are then built anew
stamp="$root/.asterisk-kommo-lab-$recipe"
packages="asterisk asterisk-core-sounds-en asterisk-core-sounds-en-gsm"

fail() { echo "lab: $*" >&2; exit 1; }
say() { echo "lab: $*" >&2; }

case "$version" in
22) suite=forky script=sid ;; # Debian 12's debootstrap knows no forky; sid is built the same way
16) suite=bullseye script=bullseye packages="$packages asterisk-voicemail" ;;
*) fail "there is no recipe for Asterisk $version; choose 22 or 16" ;;
esac

if [ -e "$stamp" ]; then echo "$root"; exit 0; fi
[ "$(id -u)" = 0 ] || fail "building the live Asterisk needs root (debootstrap and chroot): run it as root, or with sudo -E"
command -v apt-get >/dev/null || fail "building the live Asterisk needs a Debian host: there is no apt-get here"

mkdir -p "$cache"
exec 9>"$cache/.building-$version"
flock 9 # another build of the same version may be under way: wait for it, then use what it made
if [ -e "$stamp" ]; then echo "$root"; exit 0; fi

for tool in debootstrap:debootstrap setpriv:util-linux unshare:util-linux; do
  command -v "${tool%%:*}" >/dev/null || lacking="${lacking:-} ${tool##*:}"
done
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || lacking="${lacking:-} debian-archive-keyring"
if [ -n "${lacking:-}" ]; then
  say "installing$lacking"
  apt-get update -qq >&2
  # shellcheck disable=SC2086 # a list of packages
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $lacking >&2
fi

# The mirror that this machine uses anyway: the first archive of Debian itself in its apt sources.
mirror_of_host() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|//p' | head -n 1
}
mirror="$(mirror_of_host)"
if [ -z "$mirror" ]; then apt-get update -qq >&2; mirror="$(mirror_of_host)"; fi
[ -n "$mirror" ] || fail "the apt sources of this machine name no archive of Debian, so it is not known where to get Asterisk from"
eval "$(apt-config shell proxy Acquire::http::Proxy)"
[ -z "${proxy:-}" ] || [ "$proxy" = DIRECT ] || export http_proxy="$proxy"

begun=$(date +%s)
half="$root.half"
case "$half" in */asterisk-*.half) rm -rf "$half" ;; esac
log="$cache/build-$version.log"

say "unpacking Debian $suite into $root (a minute or two; log: $log)"
debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  "$suite" "$half" "$mirror" "/usr/share/debootstrap/scripts/$script" >"$log" 2>&1 ||
  fail "debootstrap of $suite failed: $(tail -n 1 "$log")"

printf '#!/bin/sh\nexit 101\n' >"$half/usr/sbin/policy-rc.d" # no package may start a daemon
chmod 755 "$half/usr/sbin/policy-rc.d"
cat >"$half/etc/dpkg/dpkg.cfg.d/lab" <<'DPKG'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
DPKG
if [ -d /etc/ssl/certs ]; then # for a mirror over https
  mkdir -p "$half/etc/ssl"
  cp -rL /etc/ssl/certs "$half/etc/ssl/" 2>/dev/null || true
fi
in_root() { chroot "$half" env DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" >>"$log" 2>&1; }
in_root apt-get -q -o Acquire::Check-Valid-Until=false update || fail "apt-get update in $suite failed: $(tail -n 1 "$log")"
# shellcheck disable=SC2086
in_root apt-get -q install -y --no-install-recommends $packages || fail "Asterisk could not be installed: $(tail -n 1 "$log")"
in_root apt-get clean

built="$(chroot "$half" /usr/sbin/asterisk -V)"
case "$built" in
"Asterisk $version."*) ;;
*) fail "Debian $suite now has $built, not Asterisk $version: name another suite in $0" ;;
esac
echo "$built, $suite, $(date -u +%FT%TZ)" >"$half/${stamp##*/}"
case "$root" in */asterisk-*) rm -rf "$root" ;; esac
mv "$half" "$root"
say "$built is ready after $(($(date +%s) - begun)) s"
echo "$root"
