/** The whole story of one call for a person: what happened, what was decided and why, what Kommo said. */
import type { CallFields, Card, KommoResult, KommoStep } from "../../kommo/step.ts";
import type { ToldStep } from "../../outbox/story.ts";
import { callAsText } from "../replay-table.ts";
import type { CallState, KeptCall } from "./kept-calls.ts";
import { localTime } from "../terminal.ts";

export type Story = { readonly kept: KeptCall; readonly steps: readonly ToldStep[] };

export type StoryContext = {
  /** "https://acme.kommo.com" */
  readonly accountUrl: string;
  /** Milliseconds since 1970. */
  readonly now: number;
};

const STATES: Readonly<Record<CallState, string>> = {
  booked: "booked: Kommo has it, nothing is left to do",
  waiting: "waiting: something is still to be sent",
  unknown: "unknown: an answer was lost, Kommo is asked whether it was done",
  "set-aside": "set aside: something was refused for good",
  "left-out": "left out: Kommo was not told of it",
};

export function storyAsText({ kept, steps }: Story, context: StoryContext): string {
  const { id, call, decisions, state, acceptedAt } = kept;
  const merged = call.mergedLinkedIds ?? [];
  return [
    `${id}  ${STATES[state]}`,
    "",
    `Call, accepted ${localTime(acceptedAt)}`,
    ...(merged.length === 0 ? [] : [`  merged with ${merged.join(", ")}`]),
    ...callAsText(call, localTime),
    "",
    "Plan, when it was accepted",
    ...decisions.map(decisionLine),
    "",
    ...(steps.length === 0 ? [noSteps(state)] : ["Steps"]),
    ...steps.flatMap((step) => stepLines(step, context)),
    ...(state === "set-aside"
      ? ["", `To try again what was set aside: asterisk-kommo calls resend ${id}`]
      : []),
    "",
  ].join("\n");
}

const noSteps = (state: CallState): string =>
  state === "left-out"
    ? "Steps: none, Kommo was not told of it"
    : "Steps: done, and not kept any longer";

const decisionLine = ({ decided, because }: { decided: string; because: string }): string =>
  `  - ${decided}: ${because}`;

const kommoStep = ({ step }: ToldStep): KommoStep => step as KommoStep;

function stepLines(told: ToldStep, context: StoryContext): string[] {
  const { answer, reason, hint, attempt } = told;
  const tries =
    attempt === 0 ? "not sent yet" : attempt === 1 ? "sent once" : `sent ${attempt} times`;
  return [
    `  ${stateWord(told)} ${whatOf(kommoStep(told))} (${tries})`,
    ...detail("next", nextTry(told, context.now)),
    ...detail("answer", answer === undefined ? undefined : answerText(answer, told, context)),
    ...detail(told.state === "set-aside" ? "set aside" : "last trouble", reason),
    ...detail("→", hint),
    ...told.why.map((decision) => `          ${decisionLine(decision).trim()}`),
  ];
}

const stateWord = ({ state }: ToldStep): string => `[${state}]`.padEnd(11);

const detail = (name: string, text: string | undefined): string[] =>
  text === undefined ? [] : [`          ${name}${name === "→" ? "" : ":"} ${text}`];

export function nextTry({ state, dueAt }: ToldStep, now: number): string | undefined {
  if (state === "unknown") {
    return dueAt > now ? `looked up in Kommo at ${localTime(dueAt)}` : "being looked up in Kommo";
  }
  if (state === "sending") return "on its way";
  if (state !== "ready") return undefined;
  return dueAt > now
    ? `sent at ${localTime(dueAt)}`
    : "its turn comes as soon as Kommo takes steps";
}

function whatOf(step: KommoStep): string {
  switch (step.kind) {
    case "register-call":
      return `register the call by the number ${step.call.phone}${whose(step.call)}`;
    case "find-card":
      return `look up the card of ${step.call.phone}`;
    case "add-unsorted":
      return `make an incoming lead "${step.lead.name}"${whose(step.call)}`;
    case "create-contact":
      return `make a contact "${step.contact.name}"`;
    case "create-lead":
      return `make a lead "${step.lead.name}"${step.owner === undefined ? " with a contact" : ` for ${cardWords(step.owner)}`}`;
    case "add-call-note":
      return `write the call on ${cardWords(step.card)}${whose(step.call)}`;
    case "create-task":
      return `make a task "${step.text}" on ${cardWords(step.card)}, due ${localTime(step.complete_till * 1_000)}`;
    case "complete-task":
      return `complete task ${step.taskId}`;
    case "update-card":
      return `give ${cardWords(step.card)} to user ${step.responsible_user_id}`;
    case "make-lead":
      return "make a lead for an appointment";
    case "change-card":
      return `change ${cardWords(step.card)}`;
    case "add-note":
      return `write a note on ${cardWords(step.card)}`;
    case "make-task":
      return `make a task on ${cardWords(step.card)}`;
    default:
      // Of a newer version, read by this one.
      return String((step as { readonly kind: unknown }).kind);
  }
}

const whose = ({ responsible_user_id: user }: CallFields): string =>
  user === undefined ? "" : ` for user ${user}`;

const SINGULAR = { leads: "lead", contacts: "contact", companies: "company" } as const;
const cardWords = ({ type, id }: Card): string => `${SINGULAR[type]} ${id}`;

/** As the browser shows it. */
export const cardLink = (accountUrl: string, { type, id }: Card): string =>
  `${accountUrl}/${type}/detail/${id}`;

const NOTHING_THERE = "there is no such card";

function answerText(answer: unknown, told: ToldStep, { accountUrl }: StoryContext): string {
  const { kind, result } = answer as { kind?: unknown; result?: KommoResult };
  if (kind === "skipped") return "not sent, see below";
  if (kind !== "done" || result === undefined) {
    return kommoStep(told).kind === "complete-task" ? "the task is gone" : NOTHING_THERE;
  }
  const linked = (card: Card): string => `${cardWords(card)} ${cardLink(accountUrl, card)}`;
  switch (result.kind) {
    case "booked":
      return `${result.noteId === undefined ? "" : `note ${result.noteId} on `}${linked(result.card)}`;
    case "made-unsorted":
      return `incoming lead ${result.uid}, ${linked({ type: "leads", id: result.leadId })}`;
    case "made-card":
      return `made ${linked(result.card)}`;
    case "made-task":
      return `task ${result.taskId}${result.wasOpen === true ? " was open already" : ""}`;
    case "completed-task":
      return `task ${result.taskId} is completed`;
    case "updated-card":
      return result.isChanged
        ? `changed ${linked(result.card)}`
        : `left ${linked(result.card)} as it was`;
    case "found-card":
      return `found ${linked(result.card)}, ${result.openLeads.length} open leads`;
    case "note-refused":
      return `${linked(result.card)} takes no call note`;
    default:
      return JSON.stringify(result);
  }
}
