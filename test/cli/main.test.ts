import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { presentCommands } from "../../src/cli/commands.ts";
import { GOOD, newFolder, removeFolders, write } from "../config/written-config.ts";
import { runProgram } from "./spawned.ts";

afterAll(removeFolders);

test("without a command the list is shown, and that is wrong usage", async () => {
  const { code, out, err } = await runProgram([]);

  expect(code).toBe(2);
  expect(out).toBe("");
  for (const { name } of presentCommands()) expect(err).toContain(`  ${name} `);
});

test("the list can be asked for", async () => {
  const { code, out } = await runProgram(["--help"]);

  expect(code).toBe(0);
  expect(out).toContain("check-config");
  expect(out).toContain("/etc/asterisk-kommo/config.json");
});

test("the version can be asked for", async () => {
  const { code, out } = await runProgram(["--version"]);

  expect(code).toBe(0);
  expect(out).toMatch(/^asterisk-kommo \d+\.\d+\.\d+\n$/);
});

test("a mistyped command is answered with the one that was probably meant", async () => {
  const { code, err } = await runProgram(["chek-config"]);

  expect(code).toBe(2);
  expect(err).toBe(
    'asterisk-kommo: there is no command "chek-config"; did you mean check-config?\n',
  );
});

test.each([[["check-config", "--bogus"]], [["doctor", "--config"]], [["check-config", "extra"]]])(
  "%j is wrong usage, in one line",
  async (args) => {
    const { code, err } = await runProgram(args);

    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^asterisk-kommo ${args[0]}: .*--help\n$`));
  },
);

test.each(["check-config", "doctor"])("%s has a help page", async (name) => {
  const { code, out } = await runProgram([name, "--help"]);

  expect(code).toBe(0);
  expect(out).toContain(`Usage: asterisk-kommo ${name} `);
});

test("check-config of a good configuration shows no secret and ends with 0", async () => {
  const file = write(JSON.stringify(GOOD));

  const { code, out, err } = await runProgram(["check-config", "--config", file]);

  expect(code).toBe(0);
  expect(out).toContain(`configuration is good: ${file}`);
  expect(out).toContain("1 extension of 1 Kommo user");
  expect(out + err).not.toMatch(/ami-secret|kommo-token/);
});

test("check-config of a bad configuration tells every problem by line and ends with 1", async () => {
  const file = write(`{\n  "ami": { "prot": 1 },\n  "pbx": { "extensions": [] }\n}`);

  const { code, out } = await runProgram(["check-config", "--config", file]);

  expect(code).toBe(1);
  expect(out).toContain(
    `${file}:2:12: ami.prot is no key of the configuration; did you mean ami.port?`,
  );
  expect(out).toContain(`${file}:3:26: pbx.extensions is an empty list; write at least one item`);
  expect(out).toContain("configuration is not good: 6 problems to correct");
});

test("check-config tells the same as JSON", async () => {
  const file = write(JSON.stringify({ ...GOOD, http: { port: "x" } }));

  const { code, out } = await runProgram(["check-config", "--json", "--config", file]);

  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    file,
    problems: [{ severity: "error", key: "http.port", file, line: 1, wrong: "is a text" }],
  });
});

test("of several accounts, check-config and doctor name the file of each", async () => {
  const accounts = newFolder();
  for (const name of ["acme", "beta"]) writeFileSync(join(accounts, `${name}.json`), "{}");
  const kommo = { ...GOOD.kommo, account_url: "http://127.0.0.1:9" };
  const file = write(JSON.stringify({ ...GOOD, kommo, include: accounts }));

  const checked = await runProgram(["check-config", "--config", file]);
  const asJson = await runProgram(["check-config", "--json", "--config", file]);
  const examined = await runProgram(["doctor", "--config", file, "--account", "beta"]);

  expect(checked.out).toContain(`acme\nconfiguration is good: ${accounts}/acme.json\n`);
  expect(checked.out).toContain(`beta\nconfiguration is good: ${accounts}/beta.json\n`);
  expect(asJson.out).toContain(JSON.stringify(`${accounts}/acme.json`));
  expect(examined.out).toContain(`${accounts}/beta.json is good`);
});

test("the environment alone is enough for check-config", async () => {
  const { code, out } = await runProgram(["check-config"], {
    ASTERISK_KOMMO_AMI_USERNAME: "asterisk-kommo",
    ASTERISK_KOMMO_AMI_SECRET: "ami-secret",
    ASTERISK_KOMMO_PBX_EXTENSIONS: '["_1XX"]',
    ASTERISK_KOMMO_KOMMO_ACCOUNT_URL: "https://acme.kommo.com",
    ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN: "kommo-token",
  });

  expect(out).toContain("configuration is good: from the environment");
  expect(code).toBe(0);
});
