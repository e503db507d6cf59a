// The parts of the set-up that decide: which file, which users, who sits where, what is written.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { configText, type SetupAnswers } from "../../src/cli/setup/config-text.ts";
import { findExchange, type FoundExchange } from "../../src/cli/setup/find-exchange.ts";
import {
  managerSections,
  withInclude,
  withoutSections,
  withSections,
} from "../../src/cli/setup/manager-users.ts";
import { findTelephones } from "../../src/cli/setup/telephones.ts";
import { patternsFor, proposeSeats, type Person } from "../../src/cli/setup/who-is-who.ts";
import { writeWithCopy } from "../../src/cli/setup/write-file.ts";
import { errorsOf, load, newFolder, removeFolders } from "../config/written-config.ts";

afterAll(removeFolders);

const consoleThat = (answers: Readonly<Record<string, string>>) => ({
  ask: (command: string) => Promise.resolve(answers[command]),
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const find = (files: Readonly<Record<string, string>>): Promise<FoundExchange | undefined> =>
  findExchange(
    consoleThat({ "core show version": "Asterisk 22.10.1 built by …" }),
    folderWith(files),
  );

const GENERAL = "[general]\nenabled = yes\nport = 5039 ; not the usual\nbindaddr = 0.0.0.0\n";

test("on FreePBX the users go into manager_custom.conf, which it never writes", async () => {
  const found = await find({
    "manager.conf": `${GENERAL}#include manager_additional.conf\n#include manager_custom.conf\n`,
    "manager_additional.conf": "[admin]\nsecret = x\n",
  });

  expect(found).toMatchObject({
    version: "22.10.1",
    flavour: "FreePBX",
    manager: { isEnabled: true, host: "127.0.0.1", port: 5039, isIncluded: true },
  });
  expect(found?.manager.ownFile).toBe(join(found?.folder ?? "", "manager_custom.conf"));
  expect([...(found?.manager.sections.keys() ?? [])]).toEqual(["admin"]);
});

test("Debian's manager.d is used where manager.conf reads it", async () => {
  const found = await find({
    "manager.conf": '[general]\nenabled = no\n#include "manager.d/*.conf" \n',
    "manager.d/other.conf": "[other]\nsecret = x\n",
  });

  expect(found).toMatchObject({ flavour: "plain Asterisk", manager: { isEnabled: false } });
  expect(found?.manager.ownFile).toContain("manager.d/manager_asterisk_kommo.conf");
  expect(found?.manager.isIncluded).toBe(true);
  expect(found?.manager.sections.has("other")).toBe(true);
});

test("elsewhere it is a file of its own that manager.conf has still to read", async () => {
  const found = await find({
    "manager.conf": GENERAL,
    "asterisk.conf": "[directories]\nastspooldir => /data/spool\n",
  });

  expect(found?.manager).toMatchObject({ isIncluded: false });
  expect(found?.recordings).toBe("/data/spool/monitor");
  expect(withInclude(GENERAL, "manager_asterisk_kommo.conf")).toMatch(
    /\n#include manager_asterisk_kommo\.conf\n$/,
  );
});

test("what an earlier set-up wrote counts as not there", async () => {
  const earlier = managerSections({ ...USERS, switchesOn: true });
  const found = await find({
    "manager.conf": "[general]\nenabled = no\n#include manager_asterisk_kommo.conf\n",
    "manager_asterisk_kommo.conf": earlier,
  });

  expect(found?.manager).toMatchObject({ isEnabled: false, isIncluded: true });
  expect(found?.manager.sections.size).toBe(0);
});

test("a host without Asterisk's configuration has no exchange", async () => {
  expect(await find({})).toBeUndefined();
});

const USERS = {
  listener: { username: "asterisk-kommo", secret: "one" },
  dialler: { username: "asterisk-kommo-dialler", secret: "two" },
};

test("the AMI users have the least rights, this host alone, a write timeout and no filter", () => {
  const text = managerSections({ ...USERS, switchesOn: false });

  expect(text).toContain("read = system,call,agent,dialplan,cdr,reporting\nwrite = reporting\n");
  expect(text).toContain("read =\nwrite = originate\n");
  expect(text.match(/permit = 127\.0\.0\.1\/255\.255\.255\.255/g)).toHaveLength(2);
  expect(text.match(/deny = 0\.0\.0\.0\/0\.0\.0\.0/g)).toHaveLength(2);
  expect(text.match(/writetimeout = 5000/g)).toHaveLength(2);
  expect(text).not.toContain("eventfilter");
  expect(text).not.toContain("[general]");
});

test("written again, the users replace those of before, and nothing else changes", () => {
  const others = "[mine]\nsecret = x\n";
  const first = withSections(others, managerSections({ ...USERS, switchesOn: false }));

  const second = withSections(first, managerSections({ ...USERS, switchesOn: false }));

  expect(second).toBe(first);
  expect(withoutSections(first).trim()).toBe(others.trim());
  expect(withSections("", "x\n")).toBe("x\n");
});

const person = (id: number, name: string, more: Partial<Person> = {}): Person => ({
  ...{ id, name, email: undefined, phone: undefined, isActive: true },
  ...more,
});
const telephone = (extension: string, names: readonly string[] = [], emails: string[] = []) => ({
  ...{ extension, names, emails },
});

test("who sits where is proposed by e-mail, number or name, with the reason", () => {
  const people = [
    person(1, "Anna Petrova", { email: "Anna@acme.example" }),
    person(2, "Luis Sales", { phone: "102" }),
    person(3, "Olga Kim (103)"),
    person(4, "José García"),
    person(5, "Sam"),
    person(6, "Left Long Ago", { isActive: false }),
  ];
  const seats = proposeSeats(
    [
      telephone("101", ["Reception"], ["anna@acme.example"]),
      telephone("102"),
      telephone("103"),
      telephone("104", ["Garcia Jose"]),
      telephone("105", ["Sam Smith"]),
      telephone("106", ["Left Long Ago"]),
      telephone("107", ["Warehouse"]),
    ],
    people,
  );

  expect(seats.map(({ person: found, because }) => [found?.id, because])).toEqual([
    [1, "same e-mail"],
    [2, "the extension is the user's telephone in Kommo"],
    [3, "the extension stands in the user's name"],
    [4, "same name"],
    [5, "a name of the same person"],
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

test("two users with one name are nobody's proposal", () => {
  const seats = proposeSeats(
    [telephone("101", ["Anna Kim"])],
    [person(1, "Anna Kim"), person(2, "Kim Anna")],
  );

  expect(seats[0]?.person).toBeUndefined();
});

test("telephones that begin and measure alike are one pattern", () => {
  expect(patternsFor(["101", "102", "201", "2001", "2002", "reception"])).toEqual([
    "201",
    "_1XX",
    "_2XXX",
    "reception",
  ]);
});

test("telephones are told from lines, and named by the exchange", async () => {
  const folder = folderWith({
    "voicemail.conf": "[default]\n101 => 1234,Anna Petrova,anna@acme.example,,\n102 => 1,Luis\n",
  });
  const endpoint = (context: string, callerid: string): string =>
    ` callerid                           : ${callerid}\n context                            : ${context}\n`;
  const found = await findTelephones({
    folder,
    session: undefined,
    console: consoleThat({
      "pjsip show endpoints":
        " Endpoint:  <Endpoint/CID.....................................>  <State>\n" +
        " Endpoint:  101/101          Not in use    0 of inf\n" +
        " Endpoint:  749510/749510    Unavailable   0 of inf\n Endpoint:  trunk   Not in use\n",
      "sip show peers": "Name/username   Host\n102/102   (Unspecified)  D\n2 sip peers\n",
      "database show AMPUSER":
        "/AMPUSER/101/cidname        : Anna P.\n/AMPUSER/101/device  : 101\n",
      "pjsip show endpoint 101": endpoint("from-internal", '"Seat 1" <101>'),
      "pjsip show endpoint 749510": endpoint("from-pstn", "<unknown>"),
    }),
  });

  expect(found).toEqual([
    {
      extension: "101",
      names: ["Anna P.", "Anna Petrova", "Seat 1"],
      emails: ["anna@acme.example"],
    },
    { extension: "102", names: ["Luis"], emails: [] },
  ]);
});

const ANSWERS: SetupAnswers = {
  ami: { host: "127.0.0.1", port: 5038, ...USERS.listener, dialler: USERS.dialler },
  extensions: ["_1XX"],
  accountUrl: "https://acme.kommo.com",
  access: { token: 'a"token' },
  users: { "101": 9100001, "102": [9100001, 9100002] },
  recordings: "/var/spool/asterisk/monitor",
  publicUrl: "https://pbx.example",
  storePath: undefined,
};

test("a new configuration is good, and commented", () => {
  const text = configText(undefined, ANSWERS);

  const loaded = load(text);

  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.ok && loaded.value.warnings).toEqual([]);
  expect(loaded.ok && loaded.value.config.ami.dialler.username).toBe("asterisk-kommo-dialler");
  expect(loaded.ok && loaded.value.config.kommo.access_token).toBe('a"token');
  expect(text).toContain("// The employees' telephones");
});

test("in a configuration that is there only the answers change", () => {
  const before = `{
  // mine
  "ami": { "username": "old", "secret_file": "/run/secret" }, // keep
  "kommo": { "account_url": "https://old.kommo.com", "access_token_file": "/run/token" },
  "pbx": { "extensions": ["_7XX"] },
  "recordings": { "public_url": "https://old.example", "keep_days": 30 },
  "unknown_client": "contact",
}
`;
  const text = configText(before, { ...ANSWERS, publicUrl: undefined });

  const loaded = load(text);

  expect(errorsOf(loaded)).toEqual([]);
  expect(text).toContain("// mine");
  expect(text).toContain("// keep");
  expect(text).not.toMatch(/_file|old/);
  expect(loaded.ok && loaded.value.config).toMatchObject({
    unknown_client: "contact",
    recordings: { keep_days: 30 },
    kommo: { account_url: "https://acme.kommo.com" },
  });
});

test("from a token to OAuth and back nothing is given twice", () => {
  const access = { clientId: "id", clientSecret: "s", redirectUri: "https://pbx.example/oauth" };

  const oauth = configText(configText(undefined, ANSWERS), { ...ANSWERS, access });
  const token = configText(oauth, ANSWERS);

  expect(errorsOf(load(oauth))).toEqual([]);
  expect(errorsOf(load(token))).toEqual([]);
});

test("a file is never changed without a copy, and not written where nothing changes", async () => {
  const file = join(newFolder(), "manager_custom.conf");
  const at = new Date("2026-11-21T20:15:00Z");
  const write = (text: string) =>
    writeWithCopy({ path: file, text, mode: 0o640, owner: undefined }, at);

  const first = await write("one");
  const same = await write("one");
  const second = await write("two");
  const third = await write("three");

  expect(first).toEqual({ isChanged: true, copy: undefined });
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(same).toEqual({ isChanged: false, copy: undefined });
  expect(second.copy).toBe(`${file}.bak-20261121-201500`);
  expect(third.copy).toBe(`${file}.bak-20261121-201500-1`);
  expect(readFileSync(second.copy ?? "", "utf8")).toBe("one");
  expect(statSync(second.copy ?? "").mode & 0o777).toBe(0o640);
  expect(readFileSync(file, "utf8")).toBe("three");
  expect(readdirSync(join(file, "..")).filter((name) => name.includes("part"))).toEqual([]);
});
