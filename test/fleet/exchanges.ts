/**
 * All exchanges of a fleet in one process, beside the one that judges: as many simulated exchanges, each
 * at a loopback address of its own. Exports what it is asked and what it answers.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import type { Connection } from "../../src/simulator/pbx/connection.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { playCall, wasPaced, type Play } from "../nemesis/day.ts";
import { serveBeside } from "./beside.ts";
import type { FleetCall } from "./plan.ts";
import { watchLateness } from "./lateness.ts";
import type { Late, Sent, Session } from "./sessions.ts";

export const EXCHANGES_FILE = import.meta.filename;
export const AMI_SECRET = "of-the-fleet";

/** News: a daemon that listened to this exchange does so no more. */
export type SessionEnded = { readonly exchange: number };

export type Played = {
  /** In the order of the calls asked for. */
  readonly sent: readonly Sent[];
  /** By exchange. */
  readonly sessions: readonly (readonly Session[])[];
  /** When this process was. */
  readonly late: readonly Late[];
};

if (import.meta.main) {
  const exchanges: PbxSimulator[] = [];
  const sessions: Session[][] = [];
  const late = watchLateness();
  const tell = serveBeside({
    /** @returns their ports */
    async open(hosts: readonly string[]) {
      for (const [index, host] of hosts.entries()) exchanges.push(await open(index, host));
      return exchanges.map(({ port }) => port);
    },
    /** Answers when all are over. */
    async play(calls: readonly FleetCall[]): Promise<Pick<Played, "sent">> {
      const zero = performance.now();
      const plays: Play[] = [];
      for (const { exchange, entry } of calls) {
        const aheadMs = zero + entry.afterMs - performance.now();
        if (aheadMs > 1) await sleep(aheadMs); // one after another: ids are given as a call begins
        plays.push(await playCall({ pbx: at(exchange), sent: NOTED }, { ...entry, afterMs: 0 }));
      }
      await Promise.all(plays.map(({ finished }) => finished));
      const sent = plays.map(({ played }): Sent => ({
        ...{ begunAt: played.begunAt, endedAt: played.endedAt },
        ...{ clients: played.clients, linkedIds: played.linkedIds },
        wasPaced: wasPaced(played),
      }));
      return { sent };
    },
    heard: (): Omit<Played, "sent"> => ({ sessions, late }),
    /** Whether each exchange has a daemon that was told which calls go on. */
    areHeard: () => sessions.every((own) => own.some(isListening)),
  });

  function at(exchange: number): PbxSimulator {
    const found = exchanges[exchange];
    if (found === undefined) throw new Error(`there is no exchange ${exchange}`);
    return found;
  }

  function open(index: number, host: string): Promise<PbxSimulator> {
    const own: Session[] = (sessions[index] = []);
    const of = new Map<Connection, Session>();
    return startPbxSimulator({
      host,
      users: [{ ...DEFAULT_USER, secret: AMI_SECRET }],
      onClient(moment, connection) {
        const session = of.get(connection) ?? {
          from: Date.now(),
          listedAt: Infinity,
          to: Infinity,
        };
        if (!of.has(connection)) {
          of.set(connection, session);
          own.push(session);
        }
        if (moment === "CoreShowChannels")
          session.listedAt = Math.min(session.listedAt, Date.now());
        if (moment !== "end") return;
        session.to = Date.now();
        of.delete(connection);
        tell({ exchange: index } satisfies SessionEnded);
      },
    });
  }
}

/** A fleet's events are too many to be told apart later: stores tell of calls, not of events. */
const NOTED = { now: Date.now, note: Date.now, sentAt: () => undefined };

const isListening = ({ listedAt, to }: Session): boolean => listedAt < Infinity && to === Infinity;
