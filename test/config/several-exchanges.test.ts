import { afterAll, expect, test } from "@jest/globals";
import { settingsInForce } from "../../src/cli/admin/settings-in-force.ts";
import { exchangesIn } from "../../src/config/exchange-views.ts";
import type { Config } from "../../src/config/keys.ts";
import { errorsOf, GOOD, load, removeFolders, write } from "./written-config.ts";

afterAll(removeFolders);

const BERLIN = {
  name: "berlin",
  ami: { host: "127.0.0.5", username: "berlin-user", secret: "berlin-secret" },
  pbx: { extensions: ["_1XX"] },
};
const HAMBURG = {
  name: "hamburg",
  ami: { username: "hamburg-user", secret: "hamburg-secret" },
  pbx: { extensions: ["_2XX"] },
};

const { kommo, users } = GOOD;
const several = (...exchanges: object[]): object => ({ exchanges, kommo, users });

function configOf(config: object): Config {
  const loaded = load(config);
  if (!loaded.ok) throw new Error(errorsOf(loaded).join("; "));
  return loaded.value.config;
}

test("each exchange has its own manager interface and telephones, and defaults as ever", () => {
  const config = configOf(several(BERLIN, HAMBURG));

  const views = exchangesIn(config);

  expect(views.map(({ name }) => name)).toEqual(["berlin", "hamburg"]);
  expect(views.map((view) => view.config.ami.host)).toEqual(["127.0.0.5", "127.0.0.1"]);
  expect(views.map((view) => view.config.ami.port)).toEqual([5038, 5038]);
  expect(views.map((view) => view.config.pbx.extensions)).toEqual([["_1XX"], ["_2XX"]]);
});

test("the common users are those of every exchange that has none of its own", () => {
  const config = configOf(several({ ...BERLIN, users: { "101": 5, "102": [6, 7] } }, HAMBURG));

  expect([...config.users]).toEqual([
    ["berlin/101", [5]],
    ["berlin/102", [6, 7]],
    ["hamburg/101", [9100001]],
  ]);
});

test("recordings of an exchange may lie elsewhere, and the rest about recordings is common", () => {
  const own = { path: "/mnt/berlin", pbx_path: "/var/spool/asterisk/monitor" };
  const config = configOf({
    ...several({ ...BERLIN, recordings: own }, HAMBURG),
    recordings: { path: "/mnt/all", kbit_per_second: 24 },
  });

  const [berlin, hamburg] = exchangesIn(config).map((view) => view.config.recordings);

  expect(berlin).toMatchObject({ ...own, kbit_per_second: 24 });
  expect(hamburg).toMatchObject({ path: "/mnt/all", kbit_per_second: 24 });
});

test("a single exchange has no name, and is what it was", () => {
  const config = configOf(GOOD);

  expect(exchangesIn(config)).toEqual([{ name: undefined, config }]);
  expect([...config.users.keys()]).toEqual(["101"]);
});

test("all mistakes in the entries are told at once, each with its line", () => {
  const loaded = load(`{
    "exchanges": [
      { "name": "berlin", "ami": { "username": "a", "secret": "b", "prot": 1 },
        "pbx": { "extensions": ["_1XX"] } },
      { "name": "Ham burg", "ami": { "username": "a" },
        "cel": { "type": "mysql" } },
      { "name": "berlin", "ami": { "username": "a", "secret": 918273645 },
        "pbx": { "extensions": ["_1XX"] } }
    ],
    "kommo": { "account_url": "https://acme.kommo.com", "access_token": "token" }
  }`);

  expect(errorsOf(loaded)).toEqual([
    "3 exchanges[0].ami.prot: is no key here",
    "5 exchanges[1]: lacks ami.secret",
    "5 exchanges[1]: lacks pbx.extensions",
    "5 exchanges[1].name: is a text that does not fit",
    "7 exchanges[2].name: is there twice",
    "7 exchanges[2].ami.secret: is a number, not a text",
  ]);
});

test("what is wrong between two keys of an entry is told there", () => {
  const loaded = load(
    several({
      ...BERLIN,
      cel: { type: "mysql" },
      ami: { ...BERLIN.ami, dialler: { username: "x" } },
    }),
  );

  expect(errorsOf(loaded)).toEqual([
    "1 exchanges[0].ami.dialler.username: stands alone",
    "1 exchanges[0].cel.type: needs a user",
  ]);
});

test("both ways to name an exchange at once are an error", () => {
  const loaded = load({ ...GOOD, exchanges: [BERLIN] });

  expect(errorsOf(loaded)).toEqual([
    "1 ami.username: stands beside exchanges",
    "1 pbx.extensions: stands beside exchanges",
  ]);
});

test("the environment gives exchanges as JSON", () => {
  const env = { ASTERISK_KOMMO_EXCHANGES: JSON.stringify([BERLIN, HAMBURG]) };

  const loaded = load({ kommo, users }, { env });

  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.ok && loaded.value.config.exchanges.map(({ name }) => name)).toEqual([
    "berlin",
    "hamburg",
  ]);
});

test("a secret of an entry may stand in a file, and is known as a secret", () => {
  const { username } = BERLIN.ami;
  const file = write("secret-of-the-file\n", "secret");
  const loaded = load(several({ ...BERLIN, ami: { username, secret_file: file } }, HAMBURG));

  expect(loaded.ok && loaded.value.config.exchanges[0]?.ami.secret).toBe("secret-of-the-file");
  expect(loaded.ok && loaded.value.secrets).toEqual(
    expect.arrayContaining(["secret-of-the-file", "hamburg-secret"]),
  );
});

test("the page shows the exchanges in force without their secrets", () => {
  const loaded = load(several(BERLIN, HAMBURG));
  if (!loaded.ok) throw new Error("not good");

  const shown = settingsInForce(loaded.value.config, { file: "x", loaded: loaded.value });

  const told = shown.keys.find(({ path }) => path === "exchanges");
  expect(told?.value).toContain("berlin-user");
  expect(JSON.stringify(shown)).not.toMatch(/(berlin|hamburg)-secret/);
});
