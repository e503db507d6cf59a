import { afterAll, expect, test } from "@jest/globals";
import { describeKeys } from "../../src/config/describe-keys.ts";
import { describeProblem } from "../../src/config/problem.ts";
import { GOOD, load, removeFolders } from "./written-config.ts";

afterAll(removeFolders);

const CANARY = "c4n4ry-8c1e77";

const told = (config: object | string, env: Record<string, string> = {}): string => {
  const loaded = load(config, { env });
  return (loaded.ok ? loaded.value.warnings : loaded.failure)
    .map((problem) => `${describeProblem(problem)} ${JSON.stringify(problem)}`)
    .join("\n");
};

const nested = (path: string, value: unknown): object =>
  path.split(".").reduceRight((inner: unknown, name) => ({ [name]: inner }), value) as object;

const WITH_NAMES = [
  "users",
  "cel.columns",
  "working_hours",
  "unknown_extension",
  "customizations.timeouts_ms",
  "altegio.fields",
  "altegio.new_lead.by_location",
  "altegio.responsible_by_staff",
];

const shapes: readonly unknown[] = [`${CANARY}\n`, [CANARY], { inner: CANARY }, { [CANARY]: 1 }];

test.each(describeKeys().map(({ key }) => key))("no message shows a secret put into %s", (key) => {
  const messages = [CANARY, ...shapes].map((value) => told(nested(key, value)));

  // A map's own keys are names, and are shown; so are unknown names where only certain ones may stand.
  const shown = messages.filter((message) => message.includes(CANARY));
  expect(shown.length).toBeLessThanOrEqual(WITH_NAMES.includes(key) ? 2 : 0);
});

test("a secret of digits alone, in the wrong type, is not shown", () => {
  const message = told({ ...GOOD, ami: { ...GOOD.ami, secret: 918273645 } });

  expect(message).toContain("ami.secret is a number, not a text");
  expect(message).not.toContain("918273645");
});

test("broken JSON is told without the text around it", () => {
  const message = told(`{ "ami": { "secret": "${CANARY}, "username": ${CANARY} } }`);

  expect(message).toContain("the JSON");
  expect(message).not.toContain(CANARY);
});

test("a variable that does not fit is told without its value", () => {
  const env = Object.fromEntries(describeKeys().map(({ variable }) => [variable, `${CANARY}\n`]));

  const message = told(GOOD, env);

  expect(message).toContain("ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN");
  expect(message).not.toContain(CANARY);
});
