#!/bin/sh
# Converts a recording with a converter of your own, here lame, and has the mp3 served. Where that is
# not installed, or fails, the recording is served as it is. The limit is
# customizations.record_file_path_timeout_ms, 10 seconds.
wav=$(sed -n 's/.*"file_path":"\([^"\\]*\)".*/\1/p')
mp3=${wav%.wav}.mp3

if [ ! -s "$mp3" ] && [ "$wav" != "$mp3" ] && command -v lame >/dev/null; then
  lame --quiet --preset voice "$wav" "$mp3.part" >&2 && mv "$mp3.part" "$mp3"
fi
[ -s "$mp3" ] || mp3=$wav

printf '{"data": {"file_path": "%s"}, "state": "success"}\n' "$mp3"
