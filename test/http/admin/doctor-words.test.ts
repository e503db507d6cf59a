// The doctor's verdicts in the languages of the page: a row for each check, and for what it may say.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { checks } from "../../../src/cli/doctor/registry.ts";
import { CHECK_NAMES } from "../../../src/http/admin/page/words/check-names.ts";
import { tellCheckName, tellVerdict } from "../../../src/http/admin/page/words/doctor-words.ts";
import { REMEDIES } from "../../../src/http/admin/page/words/remedies.ts";
import { VERDICTS_OF_ACCOUNT } from "../../../src/http/admin/page/words/verdicts-of-account.ts";
import { VERDICTS } from "../../../src/http/admin/page/words/verdicts.ts";

const DOCTOR = join(import.meta.dirname, "../../../src/cli/doctor");
const SAID =
  /\b(?:sentence|remedy|REMEDY|MADE_ANEW|ASKED_SOON|polled)(?::|\s=)\s*("[^"]+"|'(?:[^'\\]|\\.)+'|`[^`]+`)/g;

/** What another side says, and beginnings that are never told alone. */
const PARTS = /^(7: 7|7 free at 7: 7|7; |7, but 7|7 active users in the account|7 can be read)$/;

/** Sentences that are put together of two, as they are told. */
const WHOLE: Readonly<Record<string, string>> = {
  "; the whole chain": "renew it where TLS ends: 7",
  ", and room for": "7 free at 7",
  ", and all that is named": "7 active users in the account",
  "; the configuration names": "7 active users in the account",
  "; played as they are": "7 can be read",
  "; ffmpeg is there": "7 can be read",
  "; WAV, u-law": "7 can be read",
  ", with access": "let an administrator make a new token: 7",
  ", with the Notification": "let an administrator make a new token: 7",
};
const whole = (text: string): string => {
  const beginning = Object.keys(WHOLE).find((part) => text.startsWith(`7${part}`));
  return (beginning === undefined ? text : (WHOLE[beginning] ?? "") + text.slice(1))
    .replace("contact7", "contacts are")
    .replace("location7", "locations")
    .replace("more 7", "more days")
    .replace("77 at", "7 at");
};

/** As it stands in the checks; what is filled in is a number. */
const said = readdirSync(DOCTOR)
  .filter((name) => name === "check.ts" || name.endsWith("-check.ts"))
  .flatMap((name) => [...readFileSync(join(DOCTOR, name), "utf8").matchAll(SAID)])
  .map(([, literal = ""]) =>
    literal
      .slice(1, -1)
      .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "7")
      .replace(/\\(["'])/g, "$1"),
  )
  .filter((text) => /[a-z]{3}/.test(text) && !PARTS.test(text))
  .map(whole);

test("each check has its name in all four languages", () => {
  const names = new Set(CHECK_NAMES.map(([english]) => english));

  expect(checks.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  expect(CHECK_NAMES.length).toBe(names.size);
});

test.each([...new Set(said)])("%j is said in all languages", (text) => {
  const told = (["es", "pt", "ru"] as const).map((language) => tellVerdict(text, language));

  expect(told.every((one) => one !== text)).toBe(true);
  expect(told[2]).toMatch(/[а-яё]{3}/i);
});

test("many sentences were found, and no row stands twice", () => {
  const rows = [...VERDICTS, ...VERDICTS_OF_ACCOUNT, ...REMEDIES].map(([english]) => english);

  expect(said.length).toBeGreaterThan(90);
  expect(rows.filter((row, at) => rows.indexOf(row) !== at)).toEqual([]);
});

test("places and numbers stay, and sentences within sentences are said too", () => {
  expect(tellVerdict("12 GB free at /var/lib/asterisk-kommo", "es")).toBe(
    "12 GB libres en /var/lib/asterisk-kommo",
  );
  expect(tellVerdict("none without a public address: changes are asked for every 60 s", "ru")).toBe(
    "без публичного адреса их нет: изменения опрашиваются каждые 60 с",
  );
  expect(
    tellVerdict("kommo lacks originate in write; kommo hears events, and need not", "pt"),
  ).toBe("falta a kommo originate em write; kommo ouve eventos sem necessidade");
  expect(tellCheckName("clock", "ru")).toBe("часы");
  expect(tellVerdict("something of tomorrow", "ru")).toBe("something of tomorrow");
});
