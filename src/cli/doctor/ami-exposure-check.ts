/** Whether AMI can be reached from everywhere without TLS, as this host's own table of sockets shows it. */
import { readFile } from "node:fs/promises";
import type { Config } from "../../config/keys.ts";
import { checkOfExchange, type Check, type Verdict } from "./check.ts";

export const amiExposureCheck: Check = checkOfExchange("AMI exposure", async ({ ami }) => {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((path) =>
    readFile(path, "utf8").catch(() => ""),
  );
  return judgeExposure(ami, (await Promise.all(tables)).join("\n"));
});

type Ami = Pick<Config["ami"], "host" | "port" | "tls">;

/** @param sockets as /proc/net/tcp has them, of this host */
export function judgeExposure({ host, port, tls }: Ami, sockets: string): Verdict {
  const isHere = /^(127\.|localhost$|::1$)/.test(host);
  if (!isHere)
    return tls.enabled
      ? { status: "ok", sentence: `${host} is asked over TLS` }
      : {
          status: "warning",
          sentence: `the way to ${host} is not encrypted: the secret and all calls can be read on it`,
          remedy: "switch ami.tls.enabled on, or use a tunnel (docs/installation.md)",
        };
  const listening = addressesOf(sockets, port);
  if (listening.length === 0)
    return { status: "ok", sentence: `port ${port} is reached on this host` };
  if (listening.every(isLoopback))
    return { status: "ok", sentence: `port ${port} listens for this host alone` };
  return {
    status: "warning",
    sentence: `port ${port} listens for the whole network, without TLS`,
    remedy:
      'set bindaddr = 127.0.0.1 in [general] of manager.conf (on FreePBX: Settings, Advanced Settings, Asterisk Manager), then: asterisk -rx "manager reload"; or close it in the firewall',
  };
}

/** @source Linux, proc: `sl local_address rem_address st`, hexadecimal, state 0A is LISTEN */
function addressesOf(sockets: string, port: number): string[] {
  return sockets.split("\n").flatMap((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    const [address, hexPort = ""] = local.split(":");
    return state === "0A" && parseInt(hexPort, 16) === port && address !== undefined
      ? [address]
      : [];
  });
}

/** 127.0.0.0/8 in the order of the processor's bytes, ::1, and 127.0.0.0/8 as IPv6 writes it. */
const isLoopback = (address: string): boolean =>
  (address.length === 8 && address.endsWith("7F")) ||
  address === "00000000000000000000000001000000" ||
  (address.startsWith("0000000000000000FFFF0000") && address.endsWith("7F"));
