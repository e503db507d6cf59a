// What stands on cards and tasks, in each language.
import { expect, test } from "@jest/globals";
import { extension } from "../../src/ami/ids.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { fillTemplate, WORDS, type Language } from "../../src/registration/words.ts";
import {
  answeredCall,
  missedCall,
  settings,
  unanswered,
  unansweredOutboundCall,
} from "./made-up-call.ts";
import { known, stranger, walk } from "./walked-plan.ts";

const madeIn = (language: Language, names = settings.names) => {
  const ruled = { ...settings, language, names, missedCallTask: true as const };
  const [, made] = walk(missedCall(), stranger, ruled).sent;
  const [, task] = walk(missedCall(), known, ruled).sent;
  if (made?.kind !== "add-unsorted" || task?.kind !== "create-task") throw new Error("no cards");
  return [made.contact.name, made.lead.name, task.text];
};

test.each<[Language, string[]]>([
  [
    "en",
    [
      "Contact 79161234567",
      "79161234567 - missed incoming",
      "Call back on a missed call from a number 79161234567",
    ],
  ],
  [
    "es",
    [
      "Contacto 79161234567",
      "79161234567 - llamada entrante perdida",
      "Devolver la llamada perdida del número 79161234567",
    ],
  ],
  [
    "pt",
    [
      "Contato 79161234567",
      "79161234567 - chamada recebida perdida",
      "Retornar a chamada perdida do número 79161234567",
    ],
  ],
  [
    "ru",
    [
      "Контакт 79161234567",
      "79161234567 - пропущенный входящий",
      "Перезвонить: пропущенный звонок с номера 79161234567",
    ],
  ],
])("names and tasks in %s", (language, expected) => {
  expect(madeIn(language)).toEqual(expected);
});

test("an answered call's lead is not called missed, and leaves no gap for it", () => {
  const [, made] = walk(answeredCall(), stranger, settings).sent;

  expect(made).toMatchObject({ lead: { name: "79161234567 - incoming" } });
});

test("an unanswered outbound call has a text of its own", () => {
  const [, task] = walk(unansweredOutboundCall(), known, settings).sent;

  expect(task).toMatchObject({ text: "Call back on an unanswered call to a number 79161234567" });
});

test("the administrator's own names and text go before the language's", () => {
  const names = { ...settings.names, contact: "{phone} ({trunk})", lead: "{did}: {missed}" };

  expect(madeIn("en", names).slice(0, 2)).toEqual([
    "79161234567 (PJSIP/trunk)",
    "74951000101: missed",
  ]);
});

test("a withheld number has a name in each language, and none is empty", () => {
  for (const words of Object.values(WORDS))
    expect(Object.values(words).filter((text) => text.trim() === "")).toEqual([]);
});

test("the text of a task may name the client, the time and the employee", () => {
  const task = { ...settings.task, text: "{name}: {missed} by {employee}, {time}, {did}" };
  const userName = (user: number): string | undefined => (user === 9100001 ? "Anna" : undefined);
  const ruled = { ...settings, task, timeZone: "Europe/Lisbon", learnt: { userName } };
  const textOf = (conversations: FinishedCall["conversations"]) =>
    walk(missedCall({ conversations }), known, ruled).sent.find(
      (step) => step.kind === "create-task",
    );

  expect(textOf([unanswered()])).toMatchObject({
    text: "{name}: missed by Anna, 2026-11-21 11:48, 74951000101",
    nameless: "79161234567",
  });
  expect(textOf([unanswered({ extension: extension("105") })])).toMatchObject({
    text: "{name}: missed by 105, 2026-11-21 11:48, 74951000101",
  });
  expect(textOf([])).toMatchObject({ text: "{name}: missed by , 2026-11-21 11:48, 74951000101" });
});

test("a text that does not ask for the card's name costs no look at the card", () => {
  const sent = walk(missedCall(), known, settings).sent;

  expect(sent.at(-1)).toMatchObject({ kind: "create-task" });
  expect(sent.at(-1)).not.toHaveProperty("nameless");
});

test("what a caller sends as a number is never taken for a template", () => {
  const values = {
    ...{ phone: "{did}", did: "1", trunk: "" },
    ...{ direction: "", missed: "", time: "", employee: "" },
  };

  expect(fillTemplate("{phone} {constructor} {nobody}", values)).toBe(
    "{did} {constructor} {nobody}",
  );
});
