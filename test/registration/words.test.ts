// What stands on cards and tasks, in each language.
import { expect, test } from "@jest/globals";
import { fillTemplate, WORDS, type Language } from "../../src/registration/words.ts";
import { answeredCall, missedCall, settings, unansweredOutboundCall } from "./made-up-call.ts";
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

test("what a caller sends as a number is never taken for a template", () => {
  const values = { phone: "{did}", did: "1", trunk: "", direction: "", missed: "" };

  expect(fillTemplate("{phone} {constructor} {nobody}", values)).toBe(
    "{did} {constructor} {nobody}",
  );
});
