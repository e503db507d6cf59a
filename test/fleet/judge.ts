/**
 * What had to be booked of a fleet's day, whether it was, and how soon. Exports `judgeAccount`.
 */
import { phoneKey } from "../../src/lib/phone.ts";
import { checkJournal, type TrueCall } from "../checker/check-journal.ts";
import { clientKey } from "../nemesis/kept-calls.ts";
import { USERS } from "../nemesis/office.ts";
import type { AccountEvidence } from "./accounts.ts";
import type { Episode } from "./misbehaviour.ts";
import type { FleetCall } from "./plan.ts";
import {
  heardByOne,
  wasToldOfClient,
  latenessDuring,
  type Late,
  type Sent,
  type Session,
} from "./sessions.ts";

/** One recording as it was played at an exchange of the account. */
export type FleetPlay = {
  readonly call: FleetCall;
  readonly sent: Sent;
  readonly sessions: readonly Session[];
  /** Some of it stood in the account's store while daemons came and went. */
  readonly wasKept: (clientKey: string) => boolean;
};

export type AccountDay = {
  readonly plays: readonly FleetPlay[];
  readonly evidence: AccountEvidence;
  readonly knownClients: readonly string[];
  /** Times in which the account behaved badly. */
  readonly episodes: readonly Episode[];
  /** When daemons and exchanges were late. */
  readonly late: readonly Late[];
  /** How late the process of the accounts was, at worst. */
  readonly accountsLateMs: number;
};

/** What may have held up a call's booking. */
export type Course = "steady" | "daemon gone" | "account misbehaved";

export type Judgement = {
  readonly calls: number;
  /** Those that had to be booked, whatever was killed. */
  readonly bound: number;
  readonly booked: number;
  /** Bound, and no daemon heard all of it. */
  readonly partlyHeard: number;
  readonly problems: readonly string[];
  /** Milliseconds from the last hangup until Kommo was told. */
  readonly waits: readonly { readonly course: Course; readonly ms: number }[];
};

export function judgeAccount(day: AccountDay): Judgement {
  const { plays, evidence, episodes, late } = day;
  const known = new Set(day.knownClients);
  const truth = plays.flatMap((play) => truthOf(play, { known, late }));
  const moves = Math.max(0, ...plays.map(({ sessions }) => sessions.length));
  const problems = checkJournal(evidence, truth, {
    knownPhones: known,
    // What came over a longer time may be read from the line in one second.
    requestsPerSecond: Math.ceil(7 * (1 + day.accountsLateMs / 1_000)),
    mostRefusals: REFUSALS_OF_ONE * (1 + moves),
    mustProve: false,
  });
  return {
    calls: truth.filter(({ booked }) => booked !== "never").length,
    bound: truth.filter(({ booked }) => booked === "once").length,
    booked: evidence.calls.length,
    partlyHeard: truth.filter(({ booked, isPartlyHeard: is }) => booked === "once" && is).length,
    problems: problems.map(({ kind, tell }) => `${kind}: ${tell}`),
    waits: waitsOf(plays, { evidence, episodes }),
  };
}

/** What may be under way together when a token is refused, for each daemon that served the account. */
const REFUSALS_OF_ONE = 8;

function truthOf(
  play: FleetPlay,
  { known, late }: { readonly known: ReadonlySet<string>; readonly late: readonly Late[] },
): TrueCall[] {
  const { call, sent, sessions } = play;
  const lateSeconds = latenessDuring(late, sent) / 1_000;
  const isWhole = sent.wasPaced && heardByOne(sessions, sent);
  return call.entry.calls.map((one): TrueCall => {
    const { client, direction, result, employee, talkSeconds } = one;
    const wasAnswered = result === "answered";
    const isKnown = known.has(client ?? "");
    const isByRule = direction === "inbound" || wasAnswered || isKnown;
    // With a part unheard, an outbound call may seem unanswered, which is told for known clients alone.
    const isCertain = isWhole || direction === "inbound" || isKnown;
    const key = clientKey(direction, client ?? "");
    const there = sent.clients.get(key);
    const isBound =
      (client !== null && play.wasKept(key)) ||
      (there !== undefined && wasToldOfClient(sessions, there));
    const userId = employee === null ? undefined : USERS.get(employee);
    return {
      ...{ name: call.entry.recording, phone: client, direction, wasAnswered },
      talkSeconds: wasAnswered
        ? [talkSeconds[0] - lateSeconds, talkSeconds[1] + lateSeconds]
        : [0, 0],
      link: null, // there is no public address
      booked:
        isByRule && isCertain && isBound ? "once" : isByRule || !isWhole ? "at-most-once" : "never",
      isPartlyHeard: !isWhole,
      ...(isWhole && userId !== undefined && { userId }),
    };
  });
}

/** The pauses between tries grow to a minute: so long an account's bad time is felt. */
const FELT_MS = 120_000;
/** What an exchange is told when its daemon is gone has to be taken over first. */
const TAKEN_OVER_MS = 30_000;

function waitsOf(
  plays: readonly FleetPlay[],
  { evidence, episodes }: Pick<AccountDay, "evidence" | "episodes">,
): Judgement["waits"] {
  const byPhone = new Map(evidence.calls.map((one) => [phoneKey(one.phone), one]));
  return plays.flatMap(({ call, sent, sessions }) => {
    const [only, ...others] = call.entry.calls;
    const booked = byPhone.get(phoneKey(only?.client ?? ""));
    const at = booked && evidence.bookedAt.get(booked.noteId);
    // Of two calls in one recording, the last hangup is that of one of them.
    if (at === undefined || others.length > 0) return [];
    const { endedAt } = sent;
    const hasMoved = sessions.some(({ to }) => to >= endedAt - TAKEN_OVER_MS && to <= at);
    const isBad = episodes.some(({ from, to }) => from <= at && endedAt <= to + FELT_MS);
    const course: Course = isBad ? "account misbehaved" : hasMoved ? "daemon gone" : "steady";
    return [{ course, ms: at - endedAt }];
  });
}
