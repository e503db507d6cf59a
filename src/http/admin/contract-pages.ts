/**
 * The second half of the language between the admin page and the daemon: what the pages beside the calls
 * are answered. Types only; times are milliseconds since 1970, durations seconds.
 */
import type { CallResult, Direction } from "../../calls/finished-call.ts";
import type { DecisionLine, StatusAnswer, StepStory } from "./contract.ts";

export type DeliveriesAnswer = {
  readonly halt: StatusAnswer["halt"];
  readonly counts: {
    readonly ready: number;
    readonly sending: number;
    readonly unknown: number;
    readonly setAside: number;
  };
  /** The oldest first, a hundred at most. */
  readonly open: readonly DeliveryRow[];
  /** Grouped by cause, the largest group first. */
  readonly setAside: readonly SetAsideGroup[];
  /** Those that were done last. */
  readonly done: readonly DeliveryRow[];
};

export type DeliveryRow = {
  readonly id: number;
  readonly callId: string;
  readonly kind: string;
  readonly state: StepStory["state"];
  readonly tries: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  readonly nextAt: number | null;
  readonly reason: string | null;
  readonly hint: string | null;
};

export type SetAsideGroup = {
  readonly reason: string;
  readonly hint: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Some of them, the newest first. */
  readonly rows: readonly DeliveryRow[];
};

export type EmployeesAnswer = {
  readonly unknownExtension: string;
  readonly employees: readonly {
    /** With the exchange before it, where there are several. */
    readonly extension: string;
    readonly exchange: string | null;
    readonly users: readonly KommoUser[];
    /** In the last 30 days. */
    readonly calls: number;
    readonly lastCallAt: number | null;
    /** "here" | "away" | "unknown": whether its telephone is registered. */
    readonly telephone: "registered" | "not-registered" | "unknown";
    /** "list": given in the widget or on this page. */
    readonly from: "configuration" | "list" | "nobody";
  }[];
  /** Active users of the account without an extension. */
  readonly usersWithout: readonly KommoUser[];
  readonly areUsersKnown: boolean;
};

export type KommoUser = {
  readonly id: number;
  readonly name: string | null;
  readonly isActive: boolean | null;
};

export type RulesAnswer = {
  readonly rules: readonly {
    readonly number: number;
    readonly name: string | null;
    readonly when: unknown;
    readonly then: unknown;
  }[];
  readonly general: Readonly<Record<string, unknown>>;
  readonly numberRules: readonly unknown[];
  readonly workingHours: readonly string[];
  readonly dids: readonly string[];
};

/** A made-up call; or one of the past by its id. */
export type TryRequest =
  | { readonly callId: string }
  | {
      readonly direction: "inbound" | "outbound";
      readonly result: CallResult;
      readonly phone: string;
      readonly did: string;
      readonly extension: string;
      /** "": the only one. */
      readonly exchange: string;
      readonly at: number;
      readonly seconds: number;
    };

export type TryAnswer = {
  readonly call: {
    readonly direction: Direction;
    readonly result: CallResult;
    readonly phone: string | null;
  };
  /** The rules that fitted: for a client who has a card, and for one who has none. */
  readonly fitting: { readonly known: number | null; readonly unknown: number | null };
  readonly decisions: readonly DecisionLine[];
  readonly requests: readonly {
    readonly when: "first" | "if-known" | "if-unknown";
    readonly method: string;
    readonly path: string;
    readonly body: unknown;
  }[];
};

export type CustomizationsAnswer = {
  readonly folder: string;
  readonly hooks: readonly {
    readonly name: string;
    readonly doc: string;
    readonly script: null | {
      readonly file: string;
      readonly kind: string | null;
      readonly problem: string | null;
      readonly isOff: boolean;
      readonly runs: number;
      readonly failures: number;
      readonly meanMs: number;
      readonly worstMs: number;
      readonly lastAt: number | null;
      readonly lastFailure: string | null;
      /** Milliseconds of the last runs, the newest last. */
      readonly lastMs: readonly number[];
    };
  }[];
};

export type HookTrialAnswer =
  | { readonly kind: "not-asked"; readonly why: string }
  | {
      readonly kind: "ran";
      readonly ms: number;
      readonly input: unknown;
      readonly outcome: "answered" | "cancelled" | "failed" | "none" | "stopped";
      readonly output: unknown;
      readonly reason: string | null;
      readonly hint: string | null;
      /** What Kommo would get: lines, marked "-" without the script and "+" with it. */
      readonly difference: readonly string[];
    };

export type HealthAnswer = {
  /** null: not looked yet since the daemon began. */
  readonly at: number | null;
  readonly isRunning: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly status: "ok" | "warning" | "failed" | "skipped";
    readonly sentence: string;
    readonly remedy: string | null;
    readonly details: readonly string[];
  }[];
};

export type ChartSpan = "hour" | "day" | "week";

export type ChartsAnswer = {
  readonly span: ChartSpan;
  readonly from: number;
  readonly stepMs: number;
  /** The requests that may be made in one step of time. */
  readonly requestBudget: number;
  /** One number a step, the oldest first; null: the daemon did not run. */
  readonly calls: readonly (number | null)[];
  /** Seconds from the end of a call until Kommo had it: the worst. */
  readonly lagSeconds: readonly (number | null)[];
  readonly errors: readonly (number | null)[];
  readonly requests: readonly (number | null)[];
};

export type SettingsAnswer = {
  readonly file: string | null;
  readonly warnings: readonly string[];
  readonly keys: readonly {
    readonly path: string;
    readonly doc: string;
    /** As JSON; of a secret only whether it is there. */
    readonly value: string;
    readonly isSecret: boolean;
    readonly from: "default" | "file" | "variable" | "credential";
    /** "line 12" of the file, or the variable's name. */
    readonly where: string | null;
    readonly variable: string;
  }[];
};

export type Figures = {
  readonly calls: number;
  readonly inbound: number;
  readonly outbound: number;
  readonly answered: number;
  readonly missed: number;
  readonly missedClients: number;
  /** Of the clients missed: called back, or came through by themselves later. */
  readonly calledBack: number;
  readonly cameBack: number;
  readonly medianCallBackSeconds: number | null;
  readonly talkSeconds: number;
  readonly medianAnswerSeconds: number | null;
};

export type StatisticsAnswer = {
  /** After an update older calls are still being counted: figures will grow. */
  readonly isCounting: boolean;
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  readonly now: Figures;
  /** Of as many days before. */
  readonly before: Figures;
  readonly hours: readonly {
    readonly hour: number;
    readonly answered: number;
    readonly missed: number;
  }[];
  readonly days: readonly {
    readonly day: string;
    readonly answered: number;
    readonly missed: number;
  }[];
  readonly employees: readonly EmployeeFigures[];
  readonly results: readonly {
    readonly direction: Direction;
    readonly result: CallResult;
    readonly calls: number;
  }[];
};

export type EmployeeFigures = {
  readonly extension: string;
  readonly name: string | null;
  readonly inbound: number;
  readonly outbound: number;
  readonly answered: number;
  readonly notAnswered: number;
  readonly talkSeconds: number;
  readonly meanTalkSeconds: number;
};

export type AuditAnswer = {
  readonly rows: readonly {
    readonly id: number;
    readonly at: number;
    readonly who: string;
    readonly from: string;
    readonly did: AuditDeed;
    readonly what: string;
  }[];
  readonly before: number | null;
};

export type AuditDeed =
  | "logged-in"
  | "login-refused"
  | "logged-out"
  | "looked-at-call"
  | "searched-number"
  | "played-recording"
  | "sent-again"
  | "tried-script"
  | "gave-extension"
  | "exported-call"
  | "exported-statistics"
  | "forgot-number"
  | "set-password"
  | "removed-user";
