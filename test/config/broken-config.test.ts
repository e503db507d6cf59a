import { afterAll, expect, test } from "@jest/globals";
import { loadConfig } from "../../src/config/load-config.ts";
import { describeProblem } from "../../src/config/problem.ts";
import { errorsOf, GOOD, load, newFolder, removeFolders } from "./written-config.ts";

afterAll(removeFolders);

/** A good configuration with one part on line 5 in place of what stands there. */
const withLine5 = (part: string): string => `{
  "ami": { "username": "asterisk-kommo", "secret": "ami-secret" },
  "pbx": { "extensions": ["_1XX"] },
  "kommo": { "account_url": "https://acme.kommo.com", "access_token": "kommo-token" },
  ${part}
}`;

const broken: readonly (readonly [what: string, part: string, told: string])[] = [
  ["an unknown key", `"user": {}`, "5 user: is no key of the configuration"],
  ["an unknown key inside", `"http": { "prot": 1 }`, "5 http.prot: is no key of the configuration"],
  [
    "a key that stands twice",
    `"log": { "level": "info" }, "log": { "level": "warn" }`,
    "5 log: stands here a second time, after line 5",
  ],
  [
    "an extension that stands twice",
    `"users": { "101": 1, "101": 2 }`,
    "5 users.101: stands here a second time, after line 5",
  ],
  ["a number in quotes", `"http": { "port": "8077" }`, "5 http.port: is a text"],
  ["a port too high", `"http": { "port": 65536 }`, "5 http.port: is 65536"],
  ["a port below zero", `"http": { "port": -1 }`, "5 http.port: is -1"],
  ["half a port", `"http": { "port": 80.5 }`, "5 http.port: is 80.5"],
  ["a section that is a list", `"http": []`, "5 http: is a list"],
  ["a section that is nothing", `"http": null`, "5 http: is null"],
  [
    "a truth in quotes",
    `"missed_call_task": "true"`,
    "5 missed_call_task: is a text that does not fit",
  ],
  [
    "a choice that there is not",
    `"unknown_client": "lead"`,
    "5 unknown_client: is a text that does not fit",
  ],
  ["a user id in quotes", `"users": { "101": "9100001" }`, "5 users.101: is a number in quotes"],
  ["a user id of zero", `"users": { "101": 0 }`, "5 users.101: is 0"],
  [
    "an extension with a space",
    `"users": { "10 1": 5 }`,
    "5 users.10 1: has a name that is no extension",
  ],
  ["users as a list", `"users": [9100001]`, "5 users: is a list"],
  [
    "a path that is not absolute",
    `"store": { "path": "store.db" }`,
    "5 store.path: is a text that does not fit",
  ],
  [
    "an address with a password",
    `"recordings": { "public_url": "https://me:pw@pbx.example" }`,
    "5 recordings.public_url: is a text that does not fit",
  ],
  [
    "a host with a scheme",
    `"fastagi": { "host": "tcp://pbx" }`,
    "5 fastagi.host: is a text that does not fit",
  ],
  [
    "two listeners at one port",
    `"http": { "port": 8078 }`,
    "5 http.port: is 8078, which public_http has too",
  ],
  [
    "a database of another kind",
    `"store": { "url": "mysql://me@db/x" }`,
    "5 store.url: is a text that does not fit",
  ],
  [
    "a line end in a name",
    `"names": { "tag": "a\\nb" }`,
    "5 names.tag: has a line end or control character",
  ],
  [
    "a key of JavaScript",
    `"__proto__": { "polluted": true }`,
    "5 __proto__: is no key of the configuration",
  ],
  [
    "a missing comma",
    `"http": { "port": 1 "host": "::1" }`,
    "5 : the JSON lacks a comma before this",
  ],
  [
    "a text that is never closed",
    `"log": { "level": "info }`,
    "5 : the JSON has a text here that is never closed with a double quote",
  ],
  [
    "a word without quotes",
    `"log": { "level": info }`,
    "5 : the JSON has something here that needs double quotes",
  ],
];

test.each(broken)("%s is told with its line", (_what, part, told) => {
  expect(errorsOf(load(withLine5(part)))).toEqual([told]);
});

test("all problems are told at once, in the order of the lines", () => {
  const loaded = load(`{
  // the exchange
  "ami": { "usernam": "x", "secret": "ami-secret", "port": "5038",
           "dialler": { "username": "y" } },
  "pbx": { "extensions": ["_1XX", "_[", 7] },
  "kommo": { "account_url": "http://acme.kommo.com" }
}`);

  expect(errorsOf(loaded)).toEqual([
    "3 ami.username: is missing",
    "3 ami.usernam: is no key of the configuration",
    "3 ami.port: is a text",
    "4 ami.dialler.username: stands alone",
    "5 pbx.extensions[1]: is a text that does not fit",
    "5 pbx.extensions[2]: is 7",
    "6 kommo.access_token: is missing",
    "6 kommo.account_url: is a text that does not fit",
  ]);
});

test("a mistyped key is answered with the one that was probably meant", () => {
  const loaded = load(
    `{ "recordings": { "publik_url": "https://pbx.example" }, "extensions": [] }`,
  );

  const told = loaded.ok ? [] : loaded.failure.map(describeProblem);
  expect(told.join("\n")).toContain("did you mean recordings.public_url?");
  expect(told.join("\n")).toContain("did you mean pbx.extensions?");
});

test.each([
  ["no file", "/nonexistent/config.json", "which is not there"],
  ["a folder", newFolder(), "which is a folder"],
])("%s in place of the configuration is one sentence", (_what, file, told) => {
  const loaded = loadConfig({ file, env: {}, credentialsDirectory: undefined, needs: ["pbx"] });

  expect(loaded.ok ? [] : loaded.failure.map(describeProblem)).toEqual([
    expect.stringContaining(told),
  ]);
});

test.each([
  ["nothing", ""],
  ["a list", "[]"],
  ["a number", "5"],
  ["two hundred thousand brackets", `{"ami":${"[".repeat(200_000)}`],
  ["a mere comment", "// later"],
  ["bytes of no text", "\uFFFD\u0000\u0001\uFFFD"],
])("a file that holds %s is one problem, not a crash", (_what, text) => {
  expect(errorsOf(load(text))).toHaveLength(1);
});

test.each([
  ["https://acme.kommo.com", true],
  ["https://acme.kommo.com/", true],
  ["https://acme.amocrm.ru", true],
  ["https://acme.amocrm.com", true],
  ["http://127.0.0.1:8099", true],
  ["http://localhost:8099", true],
  ["http://[::1]:8099", true],
  ["http://acme.kommo.com", false],
  ["https://www.kommo.com", false],
  ["https://kommo.com", false],
  ["https://acme.kommo.com.evil.example", false],
  ["https://evil.example/acme.kommo.com", false],
  ["https://acme.kommo.com@evil.example", false],
  ["https://acme.kommo.com/leads", false],
  ["https://10.0.0.1", false],
  ["acme.kommo.com", false],
])("account address %s is good: %s", (account_url, isGood) => {
  const loaded = load({ ...GOOD, kommo: { ...GOOD.kommo, account_url } });

  expect(loaded.ok).toBe(isGood);
});

test.each([
  [0.99, false],
  [1, true],
  [6.5, true],
  [7, true],
  [7.01, false],
])("%s requests a second are allowed: %s", (requests_per_second, isGood) => {
  const loaded = load({ ...GOOD, kommo: { ...GOOD.kommo, requests_per_second } });

  expect(loaded.ok).toBe(isGood);
});

test.each([
  [0, false],
  [1, true],
  [65_535, true],
  [65_536, false],
])("port %s for AMI is allowed: %s", (port, isGood) => {
  expect(load({ ...GOOD, ami: { ...GOOD.ami, port } }).ok).toBe(isGood);
});

test("a user whose extension is no telephone is a warning, not an error", () => {
  const loaded = load({ ...GOOD, users: { "101": 1, "201": 2 } });

  expect(loaded.ok && loaded.value.warnings.map(({ key }) => key)).toEqual(["users.201"]);
});

test("a database of CEL without its type, or without a user, is refused", () => {
  const withoutType = load({ ...GOOD, cel: { user: "asterisk", password: "secret" } });
  const withoutUser = load({ ...GOOD, cel: { type: "postgres" } });

  expect(errorsOf(withoutType)).toEqual([expect.stringContaining("cel.user: stands without")]);
  expect(errorsOf(withoutUser)).toEqual([expect.stringContaining("cel.type: needs a user")]);
});

test.each([
  [{ timezone: "Mars/Olympus" }, "cel.timezone"],
  [{ table: "cel; DROP TABLE cel" }, "cel.table"],
  [{ columns: { phone: "cid_num" } }, "cel.columns.phone"],
  [{ columns: { cidnum: 7 } }, "cel.columns.cidnum"],
  [{ type: "oracle" }, "cel.type"],
])("what cannot be is said of %j", (cel, key) => {
  const loaded = load({ ...GOOD, cel: { type: "csv", ...cel } });

  expect(errorsOf(loaded)).toEqual([expect.stringContaining(`${key}: `)]);
});
