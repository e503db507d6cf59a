/**
 * The language between the admin page and the daemon: the answers of /admin/api/ about who is logged in,
 * what goes on and calls; those of the other pages stand in contract-pages.ts. Types only; times are
 * milliseconds since 1970, durations seconds, phones as the exchange told them.
 */
import type { CallResult, ConversationResult, Direction } from "../../calls/finished-call.ts";
import type { Role } from "./roles.ts";

export type { CallResult, ConversationResult, Direction };

/** As `calls list` has them. */
export type CallState = "booked" | "waiting" | "unknown" | "set-aside" | "left-out";

export type SessionAnswer = {
  /** false: no password was set on the host yet, so nobody can log in. */
  readonly hasPassword: boolean;
  /** There are several users, so that a password alone does not say whose it is. */
  readonly asksName: boolean;
  /** null: nobody is logged in. */
  readonly user: { readonly name: string; readonly role: Role } | null;
  /** To be sent with every request that changes something; "" while nobody is logged in. */
  readonly csrf: string;
  readonly language: "en" | "es" | "pt" | "ru";
};

/** The line at the top: what is so, in the order of how bad it is. */
export type StatusAnswer = {
  readonly version: string;
  readonly account: string;
  readonly accountUrl: string;
  readonly timeZone: string;
  /** The only one has no name. None: this daemon has no exchange to listen to. */
  readonly exchanges: readonly ExchangeAnswer[];
  readonly liveCalls: number;
  /** Steps, not calls. */
  readonly waiting: number;
  readonly unknown: number;
  readonly setAside: number;
  readonly oldestWaitingAt: number | null;
  /** Kommo takes nothing: why, and what to do. */
  readonly halt: { readonly reason: string; readonly hint: string; readonly since: number } | null;
};

export type ExchangeAnswer = { readonly name: string | null } & ExchangeLine;

export type ExchangeLine =
  | { readonly is: "connected"; readonly version: string; readonly since: number }
  | { readonly is: "connecting" }
  | { readonly is: "lost"; readonly hint: string };

export type LivePart = {
  readonly extension: string;
  readonly name: string | null;
  readonly is: "rings" | "talks" | "dials" | "left";
  readonly since: number;
};

export type LiveCallRow = {
  readonly id: string;
  /** null: the only one, which has no name. So in all rows. */
  readonly exchange: string | null;
  readonly direction: Direction;
  readonly startedAt: number;
  readonly phone: string | null;
  /** As the directory has it. */
  readonly client: string | null;
  readonly did: string | null;
  readonly trunk: string | null;
  readonly queue: string | null;
  readonly parts: readonly LivePart[];
  /** Where it will be booked, as far as it is known now. */
  readonly booking: LiveBooking;
};

export type LiveBooking =
  | { readonly on: "lead" | "contact" | "company"; readonly id: number; readonly name: string }
  | { readonly on: "unknown-client"; readonly make: string }
  | { readonly on: "nothing" };

/**
 * One batch of changes: at most one in a quarter of a second. The first one begins anew, and is followed at
 * once by the rest of what there is.
 */
export type LiveBatch = {
  readonly isWhole: boolean;
  readonly changed: readonly LiveCallRow[];
  readonly gone: readonly string[];
};

export type CallRow = {
  readonly id: string;
  readonly exchange: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly direction: Direction;
  readonly result: CallResult;
  readonly phone: string | null;
  readonly client: string | null;
  readonly did: string | null;
  readonly talkSeconds: number;
  readonly employees: readonly Employee[];
  readonly hasRecording: boolean;
  readonly state: CallState;
};

export type Employee = { readonly extension: string; readonly name: string | null };

export type CallsAnswer = {
  readonly calls: readonly CallRow[];
  /** To be sent as `before` for the next page; null: there are no older ones. */
  readonly before: string | null;
};

/** A stretch of time in a lane. */
export type Span = { readonly from: number; readonly to: number };

export type Lane = {
  readonly who: "client" | "queue" | "employee";
  readonly extension: string | null;
  readonly name: string | null;
  readonly result: ConversationResult | null;
  /** false: a consultation between colleagues. */
  readonly withClient: boolean;
  readonly rings: readonly Span[];
  readonly talks: readonly Span[];
  readonly holds: readonly Span[];
};

export type Transfer = { readonly from: string; readonly to: string; readonly at: number };

export type RecordingState = "waiting" | "ready" | "missing" | "removed";

export type CallRecording = {
  readonly id: string;
  readonly extension: string | null;
  readonly state: RecordingState;
  /** When the file begins and ends, as far as the call tells. */
  readonly span: Span;
};

export type DecisionLine = { readonly decided: string; readonly because: string };

export type StepStory = {
  readonly id: number;
  readonly kind: string;
  readonly state: "ready" | "sending" | "unknown" | "done" | "set-aside";
  readonly tries: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  readonly nextAt: number | null;
  readonly reason: string | null;
  readonly hint: string | null;
  readonly decisions: readonly DecisionLine[];
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown };
  readonly answer: unknown;
  /** Where it stands in Kommo. */
  readonly card: { readonly what: string; readonly id: number; readonly url: string } | null;
};

export type CallAnswer = {
  readonly call: CallRow & {
    readonly trunk: string | null;
    readonly queue: string | null;
    readonly isEndKnown: boolean;
    readonly mergedIds: readonly string[];
    readonly answeredBy: Employee | null;
    readonly acceptedAt: number;
  };
  readonly lanes: readonly Lane[];
  readonly transfers: readonly Transfer[];
  readonly stages: readonly {
    readonly stage: string;
    readonly extension: string | null;
    readonly at: number;
  }[];
  readonly recordings: readonly CallRecording[];
  readonly decisions: readonly DecisionLine[];
  readonly steps: readonly StepStory[];
};

export type ResentAnswer = {
  readonly retried: number;
  readonly hurried: number;
  readonly planned: number;
  readonly unknown: number;
  readonly leftOutBecause: string | null;
};

/** Of any request that is not answered as asked. */
export type Refusal = { readonly error: string; readonly hint?: string };
