// A configuration that is asked for again is read again exactly where one of its files has changed.
import { afterAll, expect, test } from "@jest/globals";
import { chmodSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, type ConfigSources, type LoadedConfig } from "../../src/config/load-config.ts";
import { readOnce } from "../../src/config/read-once.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { GOOD, newFolder, removeFolders, write } from "./written-config.ts";

afterAll(removeFolders);

const LONG_AFTER_MS = 60_000;

type Sources = Pick<ConfigSources<never>, "file" | "account"> & {
  readonly credentialsDirectory?: string;
};

/** Asks by this name of what these sources say, as a host does, long after the files were written. */
function opened(sources: Sources, afterMs = LONG_AFTER_MS) {
  let reads = 0;
  const needs = ["ami", "pbx", "kommo"] as const;
  const { credentialsDirectory } = sources;
  const ask = readOnce(
    () => {
      reads += 1;
      return loadConfig({ ...sources, credentialsDirectory, env: {}, needs });
    },
    { now: () => epochMs(Date.now() + afterMs) },
  );
  const config = (): LoadedConfig["config"] => {
    const loaded = ask("acme");
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
    return loaded.value.config;
  };
  return { config, ask, reads: () => reads };
}

const text = (language: string): string => JSON.stringify({ ...GOOD, language });

test("files that have not changed are read once", () => {
  const { config, reads } = opened({ file: write(text("ru")) });

  expect(config()).toBe(config());

  expect(reads()).toBe(1);
});

test("a changed file is read again, once", () => {
  const file = write(text("ru"));
  const { config, reads } = opened({ file });
  config();
  writeFileSync(file, text("en"));

  expect(config().language).toBe("en");

  config();
  expect(reads()).toBe(2);
});

test("so is a file that another one replaced, with the same size and times", () => {
  const [file, other] = [write(text("ru")), write(text("en"))];
  const { config } = opened({ file });
  config();
  renameSync(other, file);

  expect(config().language).toBe("en");
});

test("a file that was written just now is not taken as known", () => {
  const { config, reads } = opened({ file: write(text("ru")) }, 0);
  config();
  config();

  expect(reads()).toBe(2);
});

test.each([
  ["a secret's own file", { kommo: { access_token_file: "SECRET" } }],
  ["that of one exchange", { exchanges: "SECRET" }],
])("%s counts", (_, wish) => {
  const secret = write("first-secret");
  const { ami, pbx, ...rest } = GOOD;
  const exchanges = [{ name: "a", ami: { username: "u", secret_file: secret }, pbx }];
  const kommo = { account_url: GOOD.kommo.account_url, access_token_file: secret };
  const file = write(
    JSON.stringify("exchanges" in wish ? { ...rest, exchanges } : { ...rest, ami, pbx, kommo }),
  );
  const { config } = opened({ file });
  expect(JSON.stringify(config())).toContain("first-secret");
  writeFileSync(secret, "other-secret");

  expect(JSON.stringify(config())).toContain("other-secret");
});

test("a credential of systemd counts", () => {
  const credentialsDirectory = newFolder();
  const { access_token: _, ...kommo } = GOOD.kommo;
  const credential = join(credentialsDirectory, "kommo.access_token");
  writeFileSync(credential, "first-secret");
  const { config } = opened({
    file: write(JSON.stringify({ ...GOOD, kommo })),
    credentialsDirectory,
  });
  expect(config().kommo.access_token).toBe("first-secret");
  writeFileSync(credential, "other-secret");

  expect(config().kommo.access_token).toBe("other-secret");
});

test("an account's own file counts, and the one that is common to all", () => {
  const [common, own] = [write("{}"), write(text("ru"), "acme.json")];
  const { config } = opened({ file: common, account: { name: "acme", file: own } });
  config();
  writeFileSync(own, text("en"));
  expect(config().language).toBe("en");
  writeFileSync(common, JSON.stringify({ popups: false }));

  expect(config().popups).toBe(false);
});

test("a secret that others may read by now is told", () => {
  const file = write(text("ru"));
  const { config, ask } = opened({ file });
  config();
  chmodSync(file, 0o604);
  chmodSync(join(file, ".."), 0o755);

  expect(ask("acme")).toMatchObject({ ok: false });
});

test("what was broken is read again, and so is what is gone", () => {
  const file = write("{ broken");
  const { config, ask } = opened({ file });
  expect(ask("acme")).toMatchObject({ ok: false });
  writeFileSync(file, text("ru"));
  expect(config().language).toBe("ru");
  unlinkSync(file);

  expect(ask("acme")).toMatchObject({ ok: false });
});
