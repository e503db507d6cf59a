// The exchange's own black list, as FreePBX keeps it in AstDB.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { rejection } from "../../src/ami/ami-failure.ts";
import type { AmiFailure } from "../../src/ami/ami-failure.ts";
import type { AmiText } from "../../src/ami/framer.ts";
import type { AmiReply } from "../../src/ami/pending-actions.ts";
import { createBlacklist, type Blacklist } from "../../src/cli/blacklist.ts";
import { learnOfExchange } from "../../src/cli/exchange-facts.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { failed, succeeded, type Result } from "../../src/lib/failure.ts";

let folder = "";
let path = "";
let warnings: string[] = [];
let answer: Result<AmiReply, AmiFailure>;
let blacklist: Blacklist;

const TOO_OLD = failed(rejection("DBGetTree", "Invalid/unknown command: DBGetTree"));
const NOT_ALLOWED = failed(rejection("DBGetTree", "Permission denied"));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-astdb-"));
  path = join(folder, "astdb.sqlite3");
  warnings = [];
  blacklist = createBlacklist({
    send: () => Promise.resolve(answer),
    path,
    clock: systemClock,
    log: {
      warn: (_: unknown, text?: string) => void warnings.push(text ?? ""),
      info: () => undefined,
    } as never,
  });
});

afterEach(() => rmSync(folder, { recursive: true }));

/** As Asterisk writes it. @source Asterisk 22, astdb.sqlite3 */
function writeAstDb(entries: Readonly<Record<string, string>>): void {
  const db = new DatabaseSync(path);
  db.exec(
    "CREATE TABLE IF NOT EXISTS astdb (key VARCHAR(256), value VARCHAR(256), PRIMARY KEY(key))",
  );
  db.exec("DELETE FROM astdb");
  const insert = db.prepare("INSERT INTO astdb VALUES (?, ?)");
  for (const [key, value] of Object.entries(entries)) insert.run(key, value);
  db.close();
}

const ITEMS = (keys: readonly string[]): Result<AmiReply, AmiFailure> =>
  succeeded({
    response: { kind: "response", name: "Success", fields: [] },
    items: keys.map(
      (key) => `Event: DBGetTreeResponse\r\nKey: ${key}\r\nVal: 1\r\nActionID: 1` as AmiText,
    ),
  });

test("over AMI: a number on the list is found in any spelling", async () => {
  answer = ITEMS(["/blacklist/79035550001", "/blacklist/+1 (202) 555-0142", "/blacklist/911"]);

  await blacklist.refresh();

  expect(blacklist.has("89035550001")).toBe(true);
  expect(blacklist.has("+7 903 555-00-01")).toBe(true);
  expect(blacklist.has("12025550142")).toBe(true);
  expect(blacklist.has("911")).toBe(true);
  expect(blacklist.has("79035550911")).toBe(false);
  expect(blacklist.has("79035550002")).toBe(false);
  expect(blacklist.has("anonymous")).toBe(false);
  expect(blacklist.has("")).toBe(false);
});

test("nothing is asked of the exchange that the configuration does not want", async () => {
  const asked: string[] = [];
  const learn = (wanted: boolean): readonly boolean[] => {
    const facts = learnOfExchange({
      config: {
        pbx: { extensions: [], trunks: [], astdb_path: path },
        register: { freepbx_blacklist: wanted } as never,
        users: new Map([["101", wanted ? [1, 2] : [1]]]),
        employees: wanted ? [{ user: 2, numbers: [], agents: ["Anna"] }] : [],
      },
      send: ({ Action }) => {
        asked.push(Action);
        return Promise.resolve(TOO_OLD);
      },
      clock: systemClock,
      log: { warn: () => undefined, info: () => undefined } as never,
    });
    facts.connected();
    return [facts.isBlacklisted, facts.agentAt].map((one) => one !== undefined);
  };

  const plain = learn(false);
  const askedByPlain = [...asked];
  const full = learn(true);
  await Promise.resolve();

  const always = ["DeviceStateList", "ExtensionStateList", "SIPpeers"]; // who is registered
  expect([plain, askedByPlain]).toEqual([[false, false], always]);
  expect(full).toEqual([true, true]);
  expect(asked.slice(always.length).toSorted()).toEqual(
    [...always, "DBGetTree", "QueueStatus", "Agents"].toSorted(),
  );
});

test("what else stands in the family is no number", async () => {
  answer = ITEMS(["/blacklist/blocked", "/blacklist/dest", "/cidname/79035550001"]);

  await blacklist.refresh();

  for (const other of ["blocked", "dest", "79035550001", ""])
    expect(blacklist.has(other)).toBe(false);
});

test("an Asterisk that does not tell it over AMI has it in a file, which is read as it changes", async () => {
  answer = TOO_OLD;
  writeAstDb({ "/blacklist/79035550001": "1", "/AMPUSER/101/cidnum": "79035550003" });

  await blacklist.refresh();
  const before = blacklist.has("79035550001");
  writeAstDb({ "/blacklist/79035550002": "a long reason, so that the file has another size" });
  await blacklist.refresh();

  expect(before).toBe(true);
  expect(blacklist.has("79035550001")).toBe(false);
  expect(blacklist.has("79035550002")).toBe(true);
  expect(blacklist.has("79035550003")).toBe(false);
  expect(warnings).toEqual([]);
});

test("what was known stays while it cannot be read, and that is told once", async () => {
  answer = NOT_ALLOWED;
  writeAstDb({ "/blacklist/79035550001": "1" });
  await blacklist.refresh();
  writeFileSync(path, "this is no database, but it is as long as one might be");

  await blacklist.refresh();
  await blacklist.refresh();

  expect(blacklist.has("79035550001")).toBe(true);
  expect(warnings).toEqual(["the exchange's black list cannot be read"]);
});

test("a line that is away is no reason to read the file, nor an empty list", async () => {
  answer = ITEMS(["/blacklist/79035550001"]);
  await blacklist.refresh();
  answer = failed({ kind: "not-connected", retry: "later", hint: "" });

  await blacklist.refresh();

  expect(blacklist.has("79035550001")).toBe(true);
  expect(warnings).toEqual([]);
});
