/**
 * What the demo shows: on a terminal a table whose rows change as calls ring, are answered, end and
 * are booked, with a bar of progress below; elsewhere one line for each thing that was booked.
 */
import type { LiveStage } from "../../calls/fact.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { KommoResult, KommoStep } from "../../kommo/step.ts";
import type { Answer } from "../../outbox/settle.ts";
import { describeBooking } from "./booking-words.ts";

export type Output = {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
};

export type Screen = {
  say(line: string): void;
  progress(progress: Progress): void;
  stage(stage: LiveStage): void;
  ended(call: FinishedCall): void;
  booked(uniq: string, step: KommoStep, answer: Answer<KommoResult>): void;
  /** No more calls: the table stays as it is, the bar goes. */
  close(): void;
};

export type Progress = { readonly live: number; readonly ended: number; readonly expected: number };

type Row = {
  time: string;
  direction: string;
  client: string;
  state: string;
  employee: string;
  talk: string;
  inKommo: string[];
};

const COLUMNS: readonly (readonly [keyof Row, string, number])[] = [
  ["time", "time", 8],
  ["direction", "call", 8],
  ["client", "client", 12],
  ["state", "result", 10],
  ["employee", "employee", 8],
  ["talk", "talk", 5],
];
const HEAD = `  ${COLUMNS.map(([, name, width]) => name.padEnd(width + 2)).join("")}in Kommo`;
const RINGS = "rings";
const TALKS = "talks";
const LIVE: readonly string[] = [RINGS, TALKS];
const BAR_WIDTH = 30;
const OTHER_LINES = 3; // head, bar, and the line that the cursor stands in
const UP = (lines: number): string => (lines > 0 ? `\u001b[${lines}A` : "");
const CLEAR_BELOW = "\r\u001b[J";

export function createScreen(output: Output): Screen {
  const isTerminal = output.isTTY === true;
  const rows = new Map<string, Row>();
  let bar = "";
  let drawnLines = 0;
  let isClosed = false;

  /** Rows that no longer fit stay above as they were; they are over by then. */
  function draw(): void {
    if (!isTerminal || isClosed) return;
    const room = Math.max(5, (output.rows ?? 24) - OTHER_LINES);
    const width = (output.columns ?? 100) - 1;
    const gone = [...rows.keys()].slice(0, Math.max(0, rows.size - room));
    const above = gone.map((uniq) => rows.get(uniq)).flatMap((row) => (row ? [format(row)] : []));
    for (const uniq of gone) rows.delete(uniq);
    const table = [...rows.values()].map(format);
    const lines = [...above, ...table, ...(bar === "" ? [] : [bar])];
    output.write(
      UP(drawnLines) + CLEAR_BELOW + lines.map((line) => `${line.slice(0, width)}\n`).join(""),
    );
    drawnLines = lines.length - above.length;
  }

  function rowOf(uniq: string): Row {
    const known = rows.get(uniq);
    if (known !== undefined) return known;
    const row = { time: "", direction: "", client: "", state: "", employee: "", talk: "" };
    const added = { ...row, inKommo: [] };
    rows.set(uniq, added);
    return added;
  }

  const say = (line: string): void => {
    drawnLines = 0;
    output.write(`${line}\n`);
  };
  say(HEAD);

  return {
    say,
    progress({ live, ended, expected }) {
      const done = Math.round((BAR_WIDTH * Math.min(ended, expected)) / Math.max(1, expected));
      bar = `  ${"█".repeat(done)}${"░".repeat(BAR_WIDTH - done)} ${ended} of ${expected} calls have ended, ${live} channels are up`;
      draw();
    },
    stage({ linkedId, direction, stage, extension, clientPhone, at }) {
      if (stage === "call_ended" || stage === "conversation_ended") return;
      const isRinging = stage === "conversation_requested";
      Object.assign(rowOf(linkedId), {
        time: timeOf(at),
        direction,
        client: clientPhone ?? "",
        state: isRinging ? RINGS : TALKS,
        employee: extension ?? "",
      });
      draw();
    },
    ended(call) {
      const row = rowOf(call.linkedId);
      Object.assign(row, endOf(call));
      if (call.direction === "internal") row.inKommo.push("internal: left out");
      if (!isTerminal && call.direction === "internal") say(format(row));
      draw();
    },
    booked(uniq, step, answer) {
      const row = rows.get(uniq);
      const what = describeBooking(step, answer);
      if (row === undefined || what === undefined) return;
      if (isTerminal) row.inKommo.push(what);
      else say(format({ ...row, inKommo: [what] }));
      draw();
    },
    close() {
      if (isClosed) return;
      bar = "";
      // A consultation that became part of another call has no end of its own.
      for (const [uniq, { state }] of rows) if (LIVE.includes(state)) rows.delete(uniq);
      draw();
      isClosed = true;
    },
  };
}

const timeOf = (at: number): string => new Date(at).toTimeString().slice(0, 8);

function endOf(call: FinishedCall): Partial<Row> {
  const talked = call.conversations.reduce((sum, part) => sum + part.talkSeconds, 0);
  return {
    time: timeOf(call.endedAt),
    direction: call.direction,
    client: call.direction === "internal" ? "" : (call.clientPhone ?? "withheld"),
    state: call.result.replace("_", " "),
    employee: call.answeredBy ?? "–",
    talk: call.result === "answered" ? `${Math.floor(talked)} s` : "–",
  };
}

const format = (row: Row): string =>
  `  ${COLUMNS.map(([key, , width]) => String(row[key]).padEnd(width + 2)).join("")}${row.inKommo.join(", ")}`;
