/**
 * Tells systemd how the service is doing, through the program `systemd-notify` (Node has no datagram
 * sockets of the unix kind). Without NOTIFY_SOCKET nothing happens; a failure never hurts the daemon.
 * The unit needs `NotifyAccess=all`, since another process than the daemon itself speaks.
 */
import { execFile } from "node:child_process";

/** @source sd_notify(3) */
export type ServiceState =
  | "READY=1"
  | "STOPPING=1"
  | "RELOADING=1"
  | "WATCHDOG=1"
  | `MONOTONIC_USEC=${bigint}`
  | `STATUS=${string}`;

export type Environment = Readonly<Record<string, string | undefined>>;

const LIMIT_MS = 2_000;

/**
 * All in one message. Resolves once it was said, or could not be; `true` if systemd has it. Never
 * rejects.
 */
export function notifySystemd(
  states: ServiceState | readonly ServiceState[],
  env: Environment = process.env,
): Promise<boolean> {
  const socket = env["NOTIFY_SOCKET"];
  if (socket === undefined || socket === "") return Promise.resolve(false);
  return new Promise((resolve) => {
    // `--pid` names the daemon; only these three variables, so that no secret reaches another process.
    execFile(
      "systemd-notify",
      [`--pid=${process.pid}`, ...[states].flat()],
      {
        env: { NOTIFY_SOCKET: socket, PATH: env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" },
        timeout: LIMIT_MS,
      },
      (error) => resolve(error === null),
    );
  });
}

/** What a service says before it reads its configuration anew; READY=1 ends it. */
export const reloading = (): readonly ServiceState[] => [
  "RELOADING=1",
  // Of the same clock as systemd's own, which tells this reload from an earlier one by it.
  `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`,
];

/**
 * How often systemd wants to hear that all is well.
 * @returns milliseconds; undefined: it does not watch this process
 * @source sd_watchdog_enabled(3)
 */
export function watchdogMs(env: Environment = process.env): number | undefined {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env;
  if (pid !== undefined && pid !== String(process.pid)) return undefined;
  return usec !== undefined && /^[1-9]\d{0,15}$/.test(usec) ? Number(usec) / 1_000 : undefined;
}
