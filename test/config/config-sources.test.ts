import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { describeKeys } from "../../src/config/describe-keys.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { errorsOf, GOOD, load, newFolder, removeFolders, write } from "./written-config.ts";

afterAll(removeFolders);

const { secret: _, ...amiWithoutSecret } = GOOD.ami;
const noSecret = { ...GOOD, ami: amiWithoutSecret };

test("what is not given has the defaults of the documentation", () => {
  const loaded = load(GOOD);

  expect(loaded.ok && loaded.value.config).toMatchObject({
    ami: { host: "127.0.0.1", port: 5038, auth: "plain" },
    kommo: { requests_per_second: 5 },
    store: { path: "/var/lib/asterisk-kommo/store.db" },
    outbox: { believe_absence_after_seconds: 60 },
    customizations: { timeout_ms: 3000, record_file_path_timeout_ms: 10000 },
    http: { host: "127.0.0.1", port: 8077 },
    public_http: { host: "127.0.0.1", port: 8078 },
    fastagi: { host: "127.0.0.1", port: 4573 },
    unknown_client: "unsorted",
    popups: true,
    missed_call_task: true,
    task: { type_id: 1, deadline_minutes: 60 },
    duration_of: "last",
    names: { source: "asterisk-kommo", tag: "asterisk-kommo" },
  });
});

test("comments, a comma too many and a byte order mark are no problem", () => {
  const loaded = load(`\uFEFF// mine\n${JSON.stringify(GOOD).slice(0, -1)}, /* end */ }`);

  expect(errorsOf(loaded)).toEqual([]);
});

test("several extensions may name one user, an extension several users, and it may have a dot", () => {
  const loaded = load({
    ...GOOD,
    pbx: { extensions: ["_1XX", "desk.2"] },
    users: { "101": 9100001, "102": 9100001, "desk.2": [9100002, 9100003] },
  });

  expect(loaded.ok && [...loaded.value.config.users]).toEqual([
    ["101", [9100001]],
    ["102", [9100001]],
    ["desk.2", [9100002, 9100003]],
  ]);
});

test("the environment goes before the file, lists and maps as JSON", () => {
  const loaded = load(
    { ...GOOD, http: { port: 1000 } },
    {
      env: {
        ASTERISK_KOMMO_AMI_HOST: "::1",
        ASTERISK_KOMMO_HTTP_PORT: "0",
        ASTERISK_KOMMO_AMI_TLS_ENABLED: "true",
        ASTERISK_KOMMO_USERS: '{ "115": 7 }',
        ASTERISK_KOMMO_PBX_TRUNKS: '["PJSIP/trunk"]',
        ASTERISK_KOMMO_MISSED_CALL_TASK: "false",
        ASTERISK_KOMMO_KOMMO_REQUESTS_PER_SECOND: "6.5",
        ASTERISK_KOMMO_NAMES_TAG: "",
      },
    },
  );

  expect(loaded.ok && loaded.value.config).toMatchObject({
    ami: { host: "::1", tls: { enabled: true } },
    http: { port: 0 },
    users: new Map([["115", [7]]]),
    pbx: { trunks: ["PJSIP/trunk"] },
    missed_call_task: false,
    kommo: { requests_per_second: 6.5 },
    names: { tag: "asterisk-kommo" },
  });
});

test("without any file the environment can give all", () => {
  const loaded = loadConfig({
    file: undefined,
    env: { ASTERISK_KOMMO_PBX_EXTENSIONS: '["_1XX"]' },
    credentialsDirectory: undefined,
    needs: ["pbx"],
  });

  expect(loaded.ok && loaded.value.config.pbx.extensions).toEqual(["_1XX"]);
});

test("a problem in a variable names the variable", () => {
  const env = {
    ASTERISK_KOMMO_AMI_PORT: "5038x",
    ASTERISK_KOMMO_USERS: "{ 101: 5 }",
    ASTERISK_KOMMO_PBX_TRUNKS: "PJSIP/trunk",
  };

  expect(errorsOf(load(GOOD, { env }))).toEqual([
    "ASTERISK_KOMMO_AMI_PORT ami.port: is a text",
    "ASTERISK_KOMMO_PBX_TRUNKS pbx.trunks: is a text that does not fit",
    "ASTERISK_KOMMO_USERS users: is a text that does not fit",
  ]);
});

test("a mistyped variable is a warning with a suggestion", () => {
  const loaded = load(GOOD, { env: { ASTERISK_KOMMO_AMI_HOTS: "pbx" } });

  expect(loaded.ok && loaded.value.warnings).toMatchObject([
    { severity: "warning", instead: "did you mean ASTERISK_KOMMO_AMI_HOST?" },
  ]);
});

test("every key has a variable of its own", () => {
  const variables = describeKeys().flatMap(({ variable, secretFrom }) => [
    variable,
    ...(secretFrom === undefined ? [] : [secretFrom.fileVariable]),
  ]);

  expect(new Set(variables).size).toBe(variables.length);
  expect(variables).toContain("ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN_FILE");
});

test("a secret may stand in a file of its own", () => {
  const file = write("from-a-file\n", "secret");

  const loaded = load({ ...noSecret, ami: { ...amiWithoutSecret, secret_file: file } });

  expect(loaded.ok && loaded.value.config.ami.secret).toBe("from-a-file");
  expect(loaded.ok && loaded.value.secrets).toContain("from-a-file");
});

test("a secret may come as a credential of systemd, and goes before the file", () => {
  const credentialsDirectory = newFolder();
  writeFileSync(join(credentialsDirectory, "ami.secret"), "from-systemd");

  const loaded = load(GOOD, { credentialsDirectory });

  expect(loaded.ok && loaded.value.config.ami.secret).toBe("from-systemd");
});

test("the environment goes before a credential", () => {
  const credentialsDirectory = newFolder();
  writeFileSync(join(credentialsDirectory, "ami.secret"), "from-systemd");
  const env = { ASTERISK_KOMMO_AMI_SECRET_FILE: write("from-a-file", "secret") };

  const loaded = load(GOOD, { credentialsDirectory, env });

  expect(loaded.ok && loaded.value.config.ami.secret).toBe("from-a-file");
});

test("a secret and a file for it together are refused", () => {
  const both = { ...GOOD.ami, secret_file: write("x", "secret") };

  expect(errorsOf(load({ ...GOOD, ami: both }))).toEqual([
    "1 ami.secret_file: is given, and ami.secret too",
  ]);
});

test.each([
  ["that is not there", "/nonexistent/secret", "names /nonexistent/secret, which is not there"],
  ["with a relative path", "secret", "is no such path"],
])("a file for a secret %s is refused", (_what, secret_file, told) => {
  const loaded = load({ ...noSecret, ami: { ...amiWithoutSecret, secret_file } });

  expect(errorsOf(loaded).join("\n")).toContain(told);
});

test("an empty file for a secret is refused", () => {
  const loaded = load(noSecret, { env: { ASTERISK_KOMMO_AMI_SECRET_FILE: write("\n", "secret") } });

  expect(errorsOf(loaded).join("\n")).toContain("names an empty file");
});

test("a file with secrets that every user of the host can read is refused, with the command that helps", () => {
  const file = write(JSON.stringify(GOOD, undefined, 2));
  chmodSync(dirname(file), 0o755);
  chmodSync(file, 0o644);

  const loaded = loadConfig({
    file,
    env: {},
    credentialsDirectory: undefined,
    needs: ["ami", "pbx", "kommo"],
  });

  expect(loaded.ok ? [] : loaded.failure).toMatchObject([
    { key: "ami.secret", place: { line: 4 }, instead: `run: chmod o= ${file}` },
  ]);
});

test.each([
  ["its folder is closed", 0o700, 0o644],
  ["only its group may read it", 0o755, 0o640],
])("a file with secrets is good when %s", (_why, folderMode, fileMode) => {
  const file = write(JSON.stringify(GOOD));
  chmodSync(dirname(file), folderMode);
  chmodSync(file, fileMode);

  const loaded = loadConfig({ file, env: {}, credentialsDirectory: undefined, needs: ["ami"] });

  expect(loaded.ok).toBe(true);
});

test("a file that all can read is good when its secrets are elsewhere", () => {
  const file = write(JSON.stringify({ pbx: GOOD.pbx, users: GOOD.users }));
  chmodSync(dirname(file), 0o755);
  chmodSync(file, 0o644);

  const loaded = loadConfig({ file, env: {}, credentialsDirectory: undefined, needs: ["pbx"] });

  expect(loaded.ok && loaded.value.warnings).toEqual([]);
});

test("a replay needs the exchange only, and the users may be left out", () => {
  const file = write(`{ "pbx": { "extensions": ["_10X"], "trunks": ["PJSIP/trunk"] } }`);

  const loaded = loadConfig({ file, env: {}, credentialsDirectory: undefined, needs: ["pbx"] });

  expect(loaded.ok && loaded.value.config.pbx.trunks).toEqual(["PJSIP/trunk"]);
  expect(loaded.ok && loaded.value.config.users.size).toBe(0);
});

test("loading twice does not mix one configuration with another", () => {
  load({ ...GOOD, users: { "101": 5, "102": 6 }, http: { port: 1 } });

  const loaded = load(GOOD);

  expect(loaded.ok && loaded.value.config.users.size).toBe(1);
  expect(loaded.ok && loaded.value.config.http.port).toBe(8077);
});
