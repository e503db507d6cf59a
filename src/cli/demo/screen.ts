/**
 * What the demo shows: on a terminal a table that grows under a line of progress, elsewhere plain
 * lines. Exports `createScreen`.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { KommoResult, KommoStep } from "../../kommo/step.ts";
import type { Answer } from "../../outbox/settle.ts";

export type Output = { write(text: string): unknown; readonly isTTY?: boolean };

export type Screen = {
  say(line: string): void;
  /** A telephone rings, or a call has ended: the line of progress moves on. */
  progress(progress: Progress): void;
  ended(uniq: string, call: FinishedCall): void;
  booked(uniq: string, step: KommoStep, answer: Answer<KommoResult>): void;
  /** No more calls: what was said stays, the line of progress goes. */
  close(): void;
};

export type Progress = { readonly live: number; readonly ended: number; readonly expected: number };

const CLEAR_LINE = "\r\u001b[2K";
const BAR_WIDTH = 30;

const COLUMNS = [
  ["time", 8],
  ["call", 8],
  ["client", 12],
  ["result", 9],
  ["employee", 8],
  ["talk", 5],
] as const;

export function createScreen(output: Output): Screen {
  const isTerminal = output.isTTY === true;
  const open = new Map<string, FinishedCall>();
  let bar = "";

  const line = (text: string): void => {
    output.write(isTerminal ? `${CLEAR_LINE}${text}\n${bar}` : `${text}\n`);
  };
  line(["  ", ...COLUMNS.map(([name, width]) => name.padEnd(width + 2)), "in Kommo"].join(""));

  return {
    say: line,
    progress({ live, ended, expected }) {
      if (!isTerminal) return;
      const done = Math.round((BAR_WIDTH * Math.min(ended, expected)) / Math.max(1, expected));
      bar = `${"█".repeat(done)}${"░".repeat(BAR_WIDTH - done)} ${ended} of ${expected} calls ended, ${live} telephones busy`;
      output.write(CLEAR_LINE + bar);
    },
    ended(uniq, call) {
      open.set(uniq, call);
      if (call.direction === "internal") line(row(call, "internal: left out"));
    },
    booked(uniq, step, answer) {
      const call = open.get(uniq);
      const what = call && describe(step, answer, call);
      if (call !== undefined && what !== undefined) line(row(call, what));
    },
    close() {
      bar = "";
      if (isTerminal) output.write(CLEAR_LINE);
    },
  };
}

function row(call: FinishedCall, inKommo: string): string {
  const talked = call.conversations.reduce((sum, part) => sum + part.talkSeconds, 0);
  const values = [
    new Date(call.endedAt).toTimeString().slice(0, 8),
    call.direction,
    call.direction === "internal" ? "" : (call.clientPhone ?? "withheld"),
    call.result.replace("_", " "),
    call.answeredBy ?? "–",
    call.result === "answered" ? `${Math.floor(talked)} s` : "–",
  ];
  const cells = values.map((value, index) => value.padEnd((COLUMNS[index]?.[1] ?? 0) + 2));
  return ["  ", ...cells, inKommo].join("");
}

/** @returns undefined where a further step will tell */
function describe(
  step: KommoStep,
  answer: Answer<KommoResult>,
  call: FinishedCall,
): string | undefined {
  if (answer.kind === "nothing-there") {
    const isLeftOut = call.direction === "outbound" && call.result !== "answered";
    return isLeftOut ? "unknown number, not reached: left out" : undefined;
  }
  const { result } = answer;
  switch (result.kind) {
    case "booked": {
      const card = `${result.card.type.slice(0, -1)} ${result.card.id}`;
      return step.kind === "register-call" ? `call on ${card}` : `call as a note on ${card}`;
    }
    case "made-unsorted":
      return `new incoming lead ${result.leadId}`;
    case "made-card":
      return `new ${result.card.type.slice(0, -1)} ${result.card.id}`;
    case "made-task":
      return `task ${result.taskId}: call back`;
  }
}
