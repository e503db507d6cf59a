"""systemd's end of NOTIFY_SOCKET: tells each message as a line of JSON, a list of its assignments."""

import json
import os
import socket
import sys

path = sys.argv[1]
if os.path.exists(path):
    os.unlink(path)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
os.chmod(path, 0o666)
print("[]", flush=True)
while True:
    # systemd-notify sends a pipe along and waits until its other end is closed: that it was heard.
    message, ends, _, _ = socket.recv_fds(listener, 65536, 8)
    words = [word for word in message.decode().split("\n") if word not in ("", "BARRIER=1")]
    if words:
        print(json.dumps(words), flush=True)
    for end in ends:
        os.close(end)
