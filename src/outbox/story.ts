/** What became of the steps of one call: for whoever shows the whole story of it. */
import { sql, type Row, type Statement } from "../store/store.ts";
import type { Decision } from "./delivery.ts";

export type ToldStep = {
  readonly id: number;
  readonly kind: string;
  /** As it was, or will be, sent. */
  readonly step: unknown;
  readonly state: "ready" | "sending" | "unknown" | "done" | "set-aside";
  /** How often it was sent. */
  readonly attempt: number;
  /** The far side's; undefined until there is one. */
  readonly answer: unknown;
  /** Decisions made when it was answered. */
  readonly why: readonly Decision[];
  /** Of the last failure, or why it was set aside. */
  readonly reason: string | undefined;
  readonly hint: string | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
  /** Of an open step: when it is sent or looked up next at the earliest. */
  readonly dueAt: number;
};

/** @param origin as given to `statementsFor`: the call's `uniq` */
export const stepsOf = (origin: string): Statement =>
  sql(
    `SELECT id, kind, payload, state, attempt, answer, why, reason, hint, created_at, finished_at,
     due_at
     FROM step WHERE origin = ? ORDER BY turn, id`,
    origin,
  );

/** @throws SyntaxError when a row was not written by the outbox */
export function parseToldStep(row: Row): ToldStep {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === "string" ? value : undefined;
  };
  const json = (name: string): unknown => {
    const value = text(name);
    return value === undefined ? undefined : (JSON.parse(value) as unknown);
  };
  const finishedAt = row["finished_at"];
  return {
    id: Number(row["id"]),
    kind: text("kind") ?? "",
    step: json("payload"),
    state: (text("state") ?? "ready") as ToldStep["state"],
    attempt: Number(row["attempt"]),
    answer: json("answer"),
    why: (json("why") ?? []) as readonly Decision[],
    reason: text("reason"),
    hint: text("hint"),
    createdAt: Number(row["created_at"]),
    finishedAt: typeof finishedAt === "number" ? finishedAt : undefined,
    dueAt: Number(row["due_at"]),
  };
}
