/**
 * What the daemon learns of the exchange while it runs: its black list, who is logged in where, and
 * what the telephones are doing.
 */
import { createDeviceStates, type DeviceStates } from "../ami/device-states.ts";
import type { AmiText } from "../ami/framer.ts";
import type { AmiSession } from "../ami/session.ts";
import type { Config } from "../config/keys.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { Learnt } from "../registration/settings.ts";
import { createBlacklist } from "./blacklist.ts";
import { agentUserAt, createQueueAgents } from "./queue-agents.ts";

export type ExchangeFacts = {
  readonly start: (signal: AbortSignal) => void;
  readonly connected: () => void;
  readonly lost: () => void;
  readonly message: (text: AmiText) => void;
  /** Registered, idle, talking: for dialling and for distribution. */
  readonly telephones: Pick<DeviceStates, "stateOf" | "devicesOf" | "isRead">;
};

export type ExchangeFactsDeps = {
  readonly config: Pick<Config, "pbx" | "register" | "users" | "employees">;
  readonly send: AmiSession["send"];
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn" | "info">;
};

type Found = { -readonly [Name in "isBlacklisted" | "agentAt"]?: Learnt[Name] };

/** Asks and listens only for what the configuration wants. @param found filled in place */
export function learnOfExchange(
  found: Found,
  { config, send, clock, log }: ExchangeFactsDeps,
): ExchangeFacts {
  const { pbx, register, users, employees } = config;
  const blacklist = register.freepbx_blacklist
    ? createBlacklist({ send, path: pbx.astdb_path, clock, log })
    : undefined;
  if (blacklist !== undefined) found.isBlacklisted = blacklist.has;

  const isShared = [...users.values()].some((sharing) => sharing.length > 1);
  const hasAgents = employees.some(({ agents = [] }) => agents.length > 0);
  const agents = isShared && hasAgents ? createQueueAgents(send) : undefined;
  if (agents !== undefined) found.agentAt = agentUserAt(agents, employees);

  const telephones = createDeviceStates(send);

  return {
    start: (signal) => blacklist?.start(signal),
    connected() {
      void blacklist?.refresh();
      void agents?.refresh();
      void telephones.refresh();
    },
    lost: () => telephones.lost(),
    message(text) {
      agents?.message(text);
      telephones.message(text);
    },
    telephones,
  };
}
