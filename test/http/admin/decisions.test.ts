// Decisions and their reasons in the languages of the page.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { tellDecision } from "../../../src/http/admin/page/words/decisions.ts";

const REGISTRATION = join(import.meta.dirname, "../../../src/registration");
/** Said of a telephone: "extension 101 dialled". Those of duty.ts are told by the distribution alone. */
const sources = readdirSync(REGISTRATION).filter(
  (name) => !["duty.ts", "screens.ts"].includes(name),
);

const literals = sources.flatMap((name) => {
  const text = readFileSync(join(REGISTRATION, name), "utf8");
  return [...text.matchAll(/\b(?:because|decided)(?::| =| \?\?=)\s+"([^"]+)"/g)].map(
    ([, said = ""]) => said,
  );
});

test.each([...new Set(literals)])("%j is said in all languages", (said) => {
  const inRussian = [said, `extension 101 ${said}`].map((one) => tellDecision(one, "ru"));

  expect(inRussian.some((one) => /[а-яё]{3}/i.test(one))).toBe(true);
});

test("sentences within sentences, cards and users are said too, names and numbers stay", () => {
  expect(tellDecision("Anna (user 9100002) is responsible", "ru")).toBe(
    "отвечает Anna (пользователь 9100002)",
  );
  expect(tellDecision("extension 103 talked with the client last", "es")).toBe(
    "la extensión 103 habló la última con el cliente",
  );
  expect(tellDecision("no card has the number, and unknown_client is unsorted", "pt")).toBe(
    "nenhuma ficha tem o número, e unknown_client é unsorted",
  );
  expect(tellDecision("the call stands on contact 610001", "ru")).toBe(
    "звонок записан: контакт 610001",
  );
  expect(tellDecision("rule 2 (night)", "es")).toBe("regla 2 (night)");
  expect(tellDecision("of a known client: book the call, a task, for user 7", "es")).toBe(
    "de un cliente conocido: registrar la llamada, una tarea, para usuario 7",
  );
});

test("what nobody has said yet, and English, stay as they came", () => {
  expect(tellDecision("something of tomorrow", "ru")).toBe("something of tomorrow");
  expect(tellDecision("no responsible user", "en")).toBe("no responsible user");
});
