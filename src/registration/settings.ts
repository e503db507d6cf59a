/** What the administrator decided about booking. Defaults stand in the room `config`. */
import type { FinishedCall } from "../calls/finished-call.ts";
import type { Card } from "../kommo/step.ts";
import { hostZone, isTimeZone } from "../lib/time-zone.ts";
import type { Language } from "./words.ts";
import type { NumberRule } from "./number-rules.ts";
import type { Rule, UnknownClient } from "./rules.ts";
import type { WorkingHours } from "./working-hours.ts";

/** Whose a call is that nobody answered: tried in the order given. */
export type ResponsibleSource = "card" | "last_rung" | { readonly user: number };

/** Patterns as number-list.ts has them; `only` empty: all. */
export type OnlyExcept = { readonly only: readonly string[]; readonly except: readonly string[] };

export type RegistrationSettings = {
  /**
   * Extension → Kommo users: of several the one who is logged in there as a queue agent, else the first.
   * Where there are several exchanges, extensions have theirs before them: "berlin/101".
   */
  readonly users: ReadonlyMap<string, readonly number[]>;
  /** Further numbers of an employee: mobile telephones, patterns. */
  readonly employees: readonly {
    readonly user: number;
    readonly numbers: readonly string[];
    /** Names or numbers under which the employee logs in as a queue agent. */
    readonly agents?: readonly string[];
  }[];
  readonly unknownExtension: "leave_out" | { readonly user: number };
  readonly unknownClient: UnknownClient;
  readonly missedCallTask: true | "inbound" | false;
  /** Of unanswered calls of strangers; whole call, from the first channel to the last hangup. */
  readonly ignoreShorterThanSeconds: number;
  readonly durationOf: "last" | "total";
  readonly language: Language;
  readonly names: {
    readonly source: string;
    readonly serviceCode: string;
    readonly sourceName: string;
    readonly tag: string;
    /** Templates; undefined: the words of the language. */
    readonly contact?: string | undefined;
    readonly lead?: string | undefined;
  };
  readonly task: {
    readonly typeId: number;
    readonly deadlineMinutes: number;
    /** The deadline counts only inside these. */
    readonly workingHours?: string | undefined;
    readonly text?: string | undefined;
  };
  readonly responsible: {
    readonly missed: readonly ResponsibleSource[];
    readonly existingCard: "never" | "if_default" | "always";
    /** Whom `if_default` takes cards from. */
    readonly defaultUser: number | undefined;
  };
  readonly register: {
    readonly extensions: OnlyExcept;
    readonly trunks: OnlyExcept;
    readonly dids: OnlyExcept;
    readonly clients: OnlyExcept;
  };
  readonly numbers: {
    readonly client: readonly NumberRule[];
    readonly employee: readonly NumberRule[];
  };
  readonly rules: readonly Rule[];
  readonly workingHours: ReadonlyMap<string, WorkingHours>;
  /** "Europe/Lisbon"; undefined: the account's, or the host's where that is not known. */
  readonly timeZone: string | undefined;
  readonly learnt?: Learnt | undefined;
};

/** What the daemon has learnt since it started; each is undefined until it is known. */
export type Learnt = {
  /** The account's, where the configuration names none. */
  readonly timeZone?: string | undefined;
  /** Of a Kommo user. */
  readonly userName?: ((user: number) => string | undefined) | undefined;
  readonly userEmail?: ((user: number) => string | undefined) | undefined;
  readonly activeUsers?: ReadonlySet<number> | undefined;
  /** The responsible user of a client's card, by phoneKey: from the directory, a hint and never the truth. */
  readonly cardResponsible?: ((clientKey: string) => number | undefined) | undefined;
  /** Where a call's recording is listened to; undefined: there is none. */
  readonly recordingLink?: ((call: FinishedCall, uniq: string) => string | undefined) | undefined;
  /** The card on which an employee clicked the number; undefined: nobody did. */
  readonly dialledFrom?: ((call: FinishedCall) => Card | undefined) | undefined;
  /** The exchange's own black list (AstDB). @param exchange its name, where there are several */
  readonly isBlacklisted?: ((phone: string, exchange: string | undefined) => boolean) | undefined;
  /** Which of an extension's users is logged in there as a queue agent. */
  readonly agentAt?: ((extension: string) => number | undefined) | undefined;
};

export const zoneOf = ({
  learnt,
  timeZone,
}: Pick<RegistrationSettings, "learnt" | "timeZone">): string =>
  learnt?.timeZone !== undefined && isTimeZone(learnt.timeZone)
    ? learnt.timeZone
    : (timeZone ?? hostZone());
