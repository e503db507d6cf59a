/** What came of one run of a customization: the same for every kind of script. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Why the default is used. */
export type FailureKind =
  | "timeout" // past its limit, queueing included
  | "overload" // more runs than may wait
  | "crash" // ended by itself, with an exit code or a signal
  | "not-started" // no interpreter, no right to execute
  | "memory" // more than it may have
  | "output" // more than 1 MB of answer
  | "no-answer" // unreadable or not as the contract says
  | "state"; // the script said itself that it failed

export type RunFailure = {
  readonly kind: "failed";
  readonly why: FailureKind;
  /** One sentence for the log and the page. */
  readonly reason: string;
  readonly hint: string;
};

export type RunResult = { readonly ms: number } & (
  | { readonly kind: "answered"; readonly data: JsonObject }
  | { readonly kind: "cancelled" }
  | RunFailure
  /** There is no script of this name. */
  | { readonly kind: "none" }
  /** The daemon stops; nothing is known. */
  | { readonly kind: "stopped" }
);

/** Of one run, before its answer is read. */
export type RawRun =
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  | RunFailure
  | { readonly kind: "stopped" };

export const failure = (why: FailureKind, reason: string): RunFailure => ({
  kind: "failed",
  why,
  reason,
  hint: HINTS[why],
});

const HINTS: Readonly<Record<FailureKind, string>> = {
  timeout:
    "try it with `asterisk-kommo customizations test NAME`; its limit is customizations.timeout_ms",
  overload: "it takes longer than calls come; make it faster, or write it in JavaScript",
  crash: "its own words stand in the log; try it with `asterisk-kommo customizations test NAME`",
  "not-started": "make the file executable, and install the interpreter of its first line",
  memory: "it may have 512 MB; look for a list that grows, or a file that is read whole",
  output: "an answer is at most 1 MB; write what is for you to standard error",
  "no-answer":
    'answer {"data": {…}, "state": "success"} and nothing else; `asterisk-kommo customizations test NAME` shows what came',
  state: "the script answered a state other than success",
};
