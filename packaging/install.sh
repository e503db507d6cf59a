#!/bin/sh
# Installs asterisk-kommo, or upgrades it, from the unpacked archive that this script lies in: for hosts
# that take no .deb. Run it as root. Nothing is fetched.
#
#   ./install.sh             installs or upgrades; configuration and data stay as they are
#   ./install.sh --remove    takes the program away; configuration and data stay
#   ./install.sh --purge     takes configuration and data away as well
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lib=/usr/lib/asterisk-kommo
unit=asterisk-kommo.service
config=/etc/asterisk-kommo/config.json
# All that is installed beside $lib.
files="/usr/bin/asterisk-kommo /usr/lib/systemd/system/$unit /usr/lib/sysusers.d/asterisk-kommo.conf
  /usr/lib/tmpfiles.d/asterisk-kommo.conf /usr/share/man/man1/asterisk-kommo.1.gz"
doc=/usr/share/doc/asterisk-kommo

fail() { echo "install.sh: $*" >&2; exit 1; }
systemd() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

[ "$(id -u)" = 0 ] || fail "run it as root"
[ ! -e /var/lib/dpkg/info/asterisk-kommo.list ] || fail "the .deb is installed here: upgrade by that, or remove it first"

remove() {
  if systemd; then systemctl disable --now "$unit" >/dev/null 2>&1 || true; fi
  # shellcheck disable=SC2086 # a list of files
  rm -rf "$lib" "$doc" $files
  if systemd; then systemctl daemon-reload; fi
}

case "${1:-}" in
--remove) remove; echo "asterisk-kommo is removed. Configuration and data are kept: install.sh --purge removes them."; exit 0 ;;
--purge) remove; rm -rf /etc/asterisk-kommo /var/lib/asterisk-kommo "/etc/systemd/system/$unit.d"; exit 0 ;;
"") ;;
*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) arch=none ;; esac
node=$here/usr/lib/asterisk-kommo/node_modules/node-linux-$arch/bin/node
[ -x "$node" ] || fail "this archive is for another kind of machine than $(uname -m)"
"$node" --version >/dev/null || fail "it needs glibc 2.28 or later and libstdc++ (on RHEL-like hosts: dnf install libstdc++)"

before=no
[ ! -e "$lib" ] || before=yes
rm -rf "$lib.new"
mkdir -p /usr/lib /usr/bin /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d \
  /usr/share/doc /usr/share/man/man1
cp -R "$here/usr/lib/asterisk-kommo" "$lib.new"
chown -R 0:0 "$lib.new"
rm -rf "$lib"
mv "$lib.new" "$lib"
rm -rf "$doc"
cp -R "$here$doc" "$doc"
for file in $files; do
  rm -f "$file"
  cp -P "$here$file" "$file"
done
# shellcheck disable=SC2086
if command -v restorecon >/dev/null; then restorecon -R "$lib" $files || true; fi

PREPARED_BEFORE=$before "$lib/systemd/prepare-host"
if systemd; then
  systemctl daemon-reload
  if [ "$before" = yes ]; then
    systemctl try-restart "$unit"
  else
    systemctl enable "$unit"
    [ ! -e "$config" ] || systemctl start "$unit"
  fi
fi
[ -e "$config" ] || echo "asterisk-kommo is installed. Next, as root: asterisk-kommo setup"
