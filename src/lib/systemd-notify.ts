/**
 * Tells systemd how the service is doing, through the program `systemd-notify` (Node has no datagram
 * sockets of the unix kind). Without NOTIFY_SOCKET nothing happens; a failure never hurts the daemon.
 * The unit needs `NotifyAccess=all`, since another process than the daemon itself speaks.
 */
import { execFile } from "node:child_process";

export type ServiceState = "READY=1" | "STOPPING=1" | "RELOADING=1" | "WATCHDOG=1";

const LIMIT_MS = 2_000;

/** Resolves once it was said, or could not be; `true` if systemd has it. Never rejects. */
export function notifySystemd(
  state: ServiceState,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<boolean> {
  const socket = env["NOTIFY_SOCKET"];
  if (socket === undefined || socket === "") return Promise.resolve(false);
  return new Promise((resolve) => {
    // `--pid` names the daemon; only these three variables, so that no secret reaches another process.
    execFile(
      "systemd-notify",
      [`--pid=${process.pid}`, state],
      {
        env: { NOTIFY_SOCKET: socket, PATH: env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" },
        timeout: LIMIT_MS,
      },
      (error) => resolve(error === null),
    );
  });
}
