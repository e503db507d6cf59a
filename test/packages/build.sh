#!/bin/sh
# Unpacks a bare Debian, once, into a cache folder outside the tree; a second run finds it there and
# does nothing. A server's least: what debootstrap calls minbase, and systemd, of which nothing runs.
#
#   test/packages/build.sh 12|13       prints the folder of the ready system
set -eu

release="${1:?12 or 13}"
cache="${ASTERISK_KOMMO_CHROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/asterisk-kommo/chroots}"
root="$cache/debian-$release"
recipe=1 # count it up when what is installed below changes: older caches are then built anew
stamp="$root/.asterisk-kommo-chroot-$recipe"

fail() { echo "packages: $*" >&2; exit 1; }

case "$release" in
12) suite=bookworm ;;
13) suite=trixie ;;
*) fail "there is no recipe for Debian $release; choose 12 or 13" ;;
esac

if [ -e "$stamp" ]; then echo "$root"; exit 0; fi
[ "$(id -u)" = 0 ] || fail "unpacking a Debian needs root (debootstrap and chroot): run it as root, or with sudo -E"
command -v debootstrap >/dev/null || fail "debootstrap is not installed: apt-get install debootstrap"

mkdir -p "$cache"
exec 9>"$cache/.building-$release"
flock 9 # another build of the same release may be under way: wait for it, then use what it made
if [ -e "$stamp" ]; then echo "$root"; exit 0; fi

# The mirror that this machine uses anyway: the first archive of Debian itself in its apt sources.
mirror_of_host() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|//p' | head -n 1
}
mirror="$(mirror_of_host)"
if [ -z "$mirror" ]; then apt-get update -qq >&2; mirror="$(mirror_of_host)"; fi
[ -n "$mirror" ] || fail "the apt sources of this machine name no archive of Debian"
eval "$(apt-config shell proxy Acquire::http::Proxy)"
[ -z "${proxy:-}" ] || [ "$proxy" = DIRECT ] || export http_proxy="$proxy"

# Debian 12's debootstrap knows no newer release; all are unpacked as sid is.
script="/usr/share/debootstrap/scripts/$suite"
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
begun=$(date +%s)
half="$root.half"
case "$half" in */debian-*.half) rm -rf "$half" ;; esac
log="$cache/build-$release.log"
echo "packages: unpacking Debian $release into $root (log: $log)" >&2
debootstrap --variant=minbase --include=systemd --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  "$suite" "$half" "$mirror" "$script" >"$log" 2>&1 ||
  fail "debootstrap of $suite failed: $(tail -n 1 "$log")"
rm -rf "$half"/var/cache/apt/archives/*.deb "$half"/var/lib/apt/lists/*
: >"$half/${stamp##*/}"
case "$root" in */debian-*) rm -rf "$root" ;; esac
mv "$half" "$root"
echo "packages: Debian $release is ready after $(($(date +%s) - begun)) s" >&2
echo "$root"
