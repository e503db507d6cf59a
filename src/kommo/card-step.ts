/**
 * Steps that are decided to the last field before they are queued (appointments): each holds the body as
 * it is sent. Kept in the store as JSON, as those of step.ts.
 */
import type { JsonObject } from "./json.ts";
import type { Card } from "./step.ts";

/** What is written on a lead once it is there. */
export type OnMadeLead =
  | { readonly kind: "add-note"; readonly text: string }
  | { readonly kind: "make-task"; readonly body: JsonObject };

/** POST /leads/complex. */
export type MakeLead = {
  readonly kind: "make-lead";
  readonly body: JsonObject;
  /** The text field by which a lead that was made is known again after a lost answer. */
  readonly mark: { readonly fieldId: number; readonly text: string };
  /** Unix seconds: none of an earlier second is this one. */
  readonly decidedAt: number;
  readonly afterwards: readonly OnMadeLead[];
};

/** PATCH /leads or /contacts. `nothing-there`: the card is gone. */
export type ChangeCard = {
  readonly kind: "change-card";
  readonly card: Card;
  readonly body: JsonObject;
};

/** POST /{type}/notes with a plain text. `nothing-there`: the card is gone. */
export type AddNote = {
  readonly kind: "add-note";
  readonly card: Card;
  readonly text: string;
  /** Unix seconds. */
  readonly decidedAt: number;
};

/** POST /tasks. */
export type MakeTask = {
  readonly kind: "make-task";
  readonly card: Card;
  readonly body: JsonObject;
};

export type CardStep = MakeLead | ChangeCard | AddNote | MakeTask;

const KINDS: readonly string[] = ["make-lead", "change-card", "add-note", "make-task"];

export const isCardStep = (step: { readonly kind: string }): step is CardStep =>
  KINDS.includes(step.kind);
