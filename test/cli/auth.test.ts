// `auth` as an administrator uses it: the program as a process, before a simulated account.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { runDoctor } from "../../src/cli/doctor.ts";
import { readHandover } from "../../src/kommo/oauth/handover.ts";
import { saveAccountId } from "../../src/kommo/oauth/token-rows.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { newFolder, removeFolders, write } from "../config/written-config.ts";
import { INTEGRATION, OAUTH } from "../kommo/oauth-simulated-integration.ts";
import { PLAIN_ENVIRONMENT, runProgram, type Outcome } from "./spawned.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  removeFolders();
});

const RECORDED_CALL = join(import.meta.dirname, "../../src/simulator/recordings/in-answered-101");

type Office = {
  readonly kommo: KommoSimulator;
  readonly configFile: string;
  readonly handoverFile: string;
  readonly storePath: string;
  readonly auth: (...args: string[]) => Promise<Outcome>;
  /** Opens the page as a browser does. @returns the address that it ends at */
  readonly consent: (page: string) => Promise<string>;
};

async function openOffice({
  redirectUri = OAUTH.redirectUri,
  ami = {},
}: { redirectUri?: string; ami?: object } = {}): Promise<Office> {
  const kommo = await startKommoSimulator({
    integration: { ...INTEGRATION, redirect_uri: redirectUri },
  });
  closers.push(() => kommo.close());
  const storePath = join(newFolder(), "store.db");
  const configFile = write(
    JSON.stringify({
      ami: { username: "asterisk-kommo", secret: "ami-canary", ...ami },
      pbx: { extensions: ["_1XX"] },
      kommo: {
        account_url: kommo.url,
        oauth: {
          client_id: OAUTH.clientId,
          client_secret: OAUTH.clientSecret,
          redirect_uri: redirectUri,
        },
      },
      store: { path: storePath },
    }),
  );
  return {
    kommo,
    configFile,
    storePath,
    handoverFile: `${storePath}.new-token`,
    auth: (...args) => runProgram(["auth", ...args, "--config", configFile]),
    consent: async (page) => {
      const answer = await fetch(page.trim(), { redirect: "manual" });
      return answer.headers.get("location") ?? "";
    },
  };
}

/** A program that goes on, until the test ends it. */
function start(args: readonly string[]) {
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    env: PLAIN_ENVIRONMENT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer): unknown => (output += chunk.toString());
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  closers.push(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    ended,
    output: () => output,
    stop: () => child.kill("SIGTERM"),
    said: async (text: string | RegExp): Promise<string> => {
      for (;;) {
        const found =
          typeof text === "string"
            ? output.includes(text)
              ? text
              : undefined
            : text.exec(output)?.[0];
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`it ended without saying ${text}: ${output}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

test("url names the page, and the address that the browser ends at gives the access", async () => {
  const { auth, consent, handoverFile } = await openOffice();

  const page = await auth("url");
  const address = await consent(page.out);
  const taken = await auth("code", address);
  const again = await auth("code", address);
  const status = await auth("status");

  const handed = await readHandover(handoverFile);
  expect([page.code, taken.code, again.code, status.code]).toEqual([0, 0, 1, 0]);
  expect(handed).toMatchObject({ ok: true, value: { clientId: OAUTH.clientId } });
  expect(statSync(handoverFile).mode & 0o777).toBe(0o600);
  expect(again.err).toContain("does not belong to the page");
  expect(status.out).toContain("waits to be taken over");
  const all = [page, taken, again, status].map(({ out, err }) => out + err).join("");
  expect(all).not.toMatch(/canary|eyJ|def502/);
});

test("a code alone is taken once, and only from the account of the configuration", async () => {
  const { kommo, auth, handoverFile } = await openOffice();
  const code = kommo.tokens.issueCode(9_100_001, Date.now());

  const elsewhere = await auth("code", code, "--referer", "evil.example");
  const there = await auth("code", code, "--referer", new URL(kommo.url).host);
  rmSync(handoverFile);
  const again = await auth("code", code);

  expect([elsewhere.code, there.code, again.code]).toEqual([1, 0, 1]);
  expect(elsewhere.err).toContain("names no account of Kommo");
  expect(again.err).toContain("good once and for 20 minutes");
  expect(existsSync(handoverFile)).toBe(false);
});

test("listen names the page, takes the browser's answer, and ends", async () => {
  const { kommo, configFile, consent, handoverFile } = await openOffice({
    redirectUri: "http://127.0.0.1/oauth/kommo",
  });
  const listening = start(["auth", "listen", "--port", "0", "--config", configFile]);
  const page = await listening.said(/http:\S+\/oauth\?\S+/);
  const [, here = ""] = /at (\S+) …/.exec(await listening.said(/at \S+ …/)) ?? [];

  const { search } = new URL(await consent(page));
  const other = await fetch(`http://${here}?code=def502-forged&state=forged&referer=x`);
  const elsewhere = await fetch(`http://${here}/more${search}`);
  const taken = await fetch(`http://${here}${search}`);

  expect([other.status, elsewhere.status, taken.status]).toEqual([400, 404, 200]);
  expect(await taken.text()).toContain("Kommo allows the access");
  expect(await listening.ended).toBe(0);
  expect(await readHandover(handoverFile)).toMatchObject({ ok: true, value: expect.anything() });
  expect(kommo.journal.entries().filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("listen ends with a refused consent, and with a word of what to do", async () => {
  const { kommo, configFile, consent } = await openOffice({
    redirectUri: "http://127.0.0.1/oauth/kommo",
  });
  kommo.switches.consent = "refused";
  const listening = start(["auth", "listen", "--port", "0", "--config", configFile]);
  const page = await listening.said(/http:\S+\/oauth\?\S+/);
  const [, here = ""] = /at (\S+) …/.exec(await listening.said(/at \S+ …/)) ?? [];

  const { search } = new URL(await consent(page));
  await fetch(`http://${here}${search}`);

  expect(await listening.ended).toBe(1);
  expect(listening.output()).toContain("as an administrator");
});

test("a consent of another account than the store's is refused (fault F46)", async () => {
  const { auth, consent, storePath, handoverFile } = await openOffice();
  const store = await openSqliteStore({ path: storePath, migrations: storeMigrations });
  if (!store.ok) throw new Error(store.failure.reason);
  await store.value.write([saveAccountId(777)]);
  await store.value.close();

  const page = await auth("url");
  const taken = await auth("code", await consent(page.out));

  expect(taken.code).toBe(1);
  expect(taken.err).toContain("account 31990001, and the store to account 777");
  expect(taken.err).toContain("new file in store.path");
  expect(existsSync(handoverFile)).toBe(false);
});

test("a daemon without access keeps its calls, and books them with what auth brings", async () => {
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "ami-canary" }] });
  closers.push(() => pbx.stop());
  const office = await openOffice({ ami: { port: pbx.port } });
  const { auth, consent, configFile, handoverFile } = office;
  const daemon = start(["run", "--config", configFile]);
  await daemon.said("connected to the exchange");
  const trace = await readTrace(RECORDED_CALL);
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { gaps: "ignore" }).finished;
  await daemon.said("call accepted");
  await daemon.said("nothing is sent to kommo");
  const before = await auth("status");

  const page = await auth("url");
  const taken = await auth("code", await consent(page.out));
  await daemon.said("allowed anew");
  while (office.kommo.journal.unsorted().length === 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const after = await auth("status");
  let doctor = "";
  await runDoctor(["--config", configFile], { write: (text) => (doctor += text) });
  daemon.stop();

  expect(daemon.output()).toContain("nobody has allowed asterisk-kommo into Kommo yet");
  expect([before.code, taken.code, after.code]).toEqual([1, 0, 0]);
  expect(existsSync(handoverFile)).toBe(false);
  expect(after.out).toMatch(/by OAuth, last renewed .*\naccount: 31990001\n/);
  expect(doctor).toMatch(/ok +Kommo: account/);
  expect(doctor).toMatch(/ok +token: by OAuth/);
  expect(await daemon.ended).toBe(0);
  expect(daemon.output() + doctor).not.toMatch(/canary|eyJ|def502/);
});

test.each([
  ["a missing subcommand", []],
  ["an unknown subcommand", ["forget"]],
  ["a code that is not there", ["code"]],
  ["a port that is none", ["listen", "--port", "http"]],
  ["too many words", ["url", "now"]],
])("%s is wrong usage", async (_, args) => {
  const { auth } = await openOffice();

  expect((await auth(...args)).code).toBe(2);
});

test("with a long-lived token there is nothing to allow, and that is said", async () => {
  const file = write(
    JSON.stringify({ kommo: { account_url: "https://acme.kommo.com", access_token: "canary" } }),
  );

  const { code, err } = await runProgram(["auth", "url", "--config", file]);

  expect(code).toBe(1);
  expect(err).toContain("kommo.oauth is not configured");
  expect(err).not.toContain("canary");
});

test("a store's folder that is not there is told in one sentence", async () => {
  const { configFile, auth, storePath } = await openOffice();
  const gone = join(dirname(storePath), "gone", "store.db");
  writeFileSync(configFile, readFileSync(configFile, "utf8").replace(storePath, gone));

  const { code, err } = await auth("url");

  expect(code).toBe(1);
  expect(err).toMatch(/^asterisk-kommo auth: nothing can be written beside .*\n$/);
});

test("a Kommo that is away, and one that answers nonsense, are told", async () => {
  const { kommo, auth } = await openOffice();
  kommo.fail({ kind: "garble", as: "html", path: "/oauth2" });
  const nonsense = await auth("code", "def502-any-code");
  await kommo.close();
  closers.pop();

  const away = await auth("code", "def502-any-code");

  expect([nonsense.code, away.code]).toEqual([1, 1]);
  expect(nonsense.err).toContain("the code may be used up");
  expect(away.err).toContain("nobody listens at kommo.account_url");
});
