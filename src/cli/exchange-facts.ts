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
import { createBlacklist } from "./blacklist.ts";
import { agentUserAt, createQueueAgents } from "./queue-agents.ts";

export type ExchangeFacts = {
  /** Its own black list; undefined: nobody wants to know. */
  readonly isBlacklisted: ((phone: string) => boolean) | undefined;
  /** Which of an extension's users is logged in there as a queue agent; undefined: nobody shares one. */
  readonly agentAt: ((extension: string) => number | undefined) | undefined;
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

/** Asks and listens only for what the configuration wants. */
export function learnOfExchange({ config, send, clock, log }: ExchangeFactsDeps): ExchangeFacts {
  const { pbx, register, users, employees } = config;
  const blacklist = register.freepbx_blacklist
    ? createBlacklist({ send, path: pbx.astdb_path, clock, log })
    : undefined;

  const isShared = [...users.values()].some((sharing) => sharing.length > 1);
  const hasAgents = employees.some(({ agents = [] }) => agents.length > 0);
  const agents = isShared && hasAgents ? createQueueAgents(send) : undefined;

  const telephones = createDeviceStates(send);

  return {
    isBlacklisted: blacklist?.has,
    agentAt: agents === undefined ? undefined : agentUserAt(agents, employees),
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
