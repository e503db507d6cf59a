/** A step as the outbox's loop holds it, and the door through which rows of the database come in. */
import type { Row, SqlValue } from "../store/store.ts";

/** A step as the rest of the daemon is told of it. */
export type QueuedStep<S> = {
  readonly id: number;
  /** The call it belongs to. */
  readonly origin: string;
  readonly key: string;
  readonly step: S;
};

export type OpenStep<S> = QueuedStep<S> & {
  readonly turn: number;
  readonly attempt: number;
  readonly repeats: number;
  readonly givenUpAt: number;
  readonly lookedAt: number | undefined;
  readonly hasWaited: boolean;
  /** What earlier steps with the same key left behind. */
  readonly memory: unknown;
};

export const OPEN_STEP_COLUMNS = `step.id, step.turn, step.origin, step.key, step.payload,
  step.attempt, step.repeats, step.given_up_at, step.looked_at,
  step.has_waited, memory.value AS memory`;

/** @throws SyntaxError when a payload is not JSON: somebody else wrote into the table */
export function parseOpenStep<S>(row: Row): OpenStep<S> {
  const { looked_at: lookedAt, memory } = row;
  return {
    id: Number(row["id"]),
    turn: Number(row["turn"]),
    origin: textOf(row["origin"]),
    key: textOf(row["key"]),
    step: JSON.parse(textOf(row["payload"])) as S,
    attempt: Number(row["attempt"]),
    repeats: Number(row["repeats"]),
    givenUpAt: Number(row["given_up_at"]),
    lookedAt: lookedAt === null || lookedAt === undefined ? undefined : Number(lookedAt),
    hasWaited: row["has_waited"] === 1,
    memory: typeof memory === "string" ? (JSON.parse(memory) as unknown) : undefined,
  };
}

const textOf = (value: SqlValue | undefined): string => String(value ?? "");
