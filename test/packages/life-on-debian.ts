// The life of the package on one Debian, from the installation to the purge. Exports `liveOnDebian`,
// which each release's test file calls.
import { readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { MOST_EXPOSED } from "../service/exposure.ts";
import { bareDebian, builtPackage, openHost, type Host } from "./host.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const CONFIG = "etc/asterisk-kommo/config.json";
const LIMIT_MS = 300_000;
/** Recorded calls of the simulators; the first is booked before the upgrade. */
const BEFORE = "in-answered-101";
const MEANWHILE = ["in-no-answer", "out-answered", "in-hold-unhold"];

export function liveOnDebian(release: "12" | "13"): void {
  let host: Host;
  let pbx: PbxSimulator;
  let kommo: KommoSimulator;
  let deb: string;
  let newerDeb: string;

  beforeAll(async () => {
    host = await openHost({ base: bareDebian(release) });
    pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "of-the-listener" }] });
    kommo = await startKommoSimulator();
    await mkdir(host.path("root/packages"), { recursive: true });
    [deb, newerDeb] = [await hand("_amd64.deb"), await hand("_amd64.deb", "newer")];
  }, LIMIT_MS);

  afterAll(async () => {
    await host.close();
    await Promise.all([pbx.stop(), kommo.close()]);
  }, LIMIT_MS);

  /** @returns its name on the host */
  async function hand(ending: string, folder = ""): Promise<string> {
    const file = await builtPackage(ending, folder);
    const there = join("/root/packages", basename(file));
    await copyFile(file, host.path(there));
    return there;
  }

  const dpkg = (...words: readonly string[]) => host.run(["dpkg", ...words], { isOffline: true });
  const isThere = (name: string): Promise<boolean> =>
    stat(host.path(name)).then(
      () => true,
      () => false,
    );

  async function play(recording: string): Promise<void> {
    const trace = await readTrace(join(RECORDINGS, recording));
    if (!trace.ok) throw new Error(trace.failure.hint);
    await pbx.play(trace.value, { maxPauseMs: 300 }).finished;
  }

  async function until(isSo: () => boolean, what: string): Promise<void> {
    for (const end = Date.now() + 120_000; !isSo(); await pause(50))
      if (Date.now() > end) throw new Error(`${what}: ${(await host.service()).log()}`);
  }

  test("the package installs without a network, makes the service's user, and starts nothing", async () => {
    const done = await dpkg("-i", deb);

    expect(done).toMatchObject({ code: 0 });
    expect(done.out).toContain("Next, as root: asterisk-kommo setup");
    const user = await host.run(["getent", "passwd", "asterisk-kommo"]);
    expect(user.out).toMatch(/:\/var\/lib\/asterisk-kommo:\/usr\/sbin\/nologin$/m);
    const rights = await host.run([
      ...["stat", "-c", "%A %U %G", "/etc/asterisk-kommo", "/var/lib/asterisk-kommo"],
    ]);
    expect(rights.out.trim().split("\n")).toEqual([
      "drwxr-x--- root asterisk-kommo",
      "drwx------ asterisk-kommo asterisk-kommo",
    ]);
    expect(await host.run(["systemctl", "is-enabled", "asterisk-kommo"])).toMatchObject({
      out: "enabled\n",
    });
    expect(host.told).toEqual([]);
    expect(await dpkg("--verify", "asterisk-kommo")).toEqual({ code: 0, out: "", err: "" });
  }, 300_000);

  test("this release's systemd understands the unit, and finds it little exposed", async () => {
    const unit = "/usr/lib/systemd/system/asterisk-kommo.service";

    const { err } = await host.run(["systemd-analyze", "verify", "--man=no", unit]);
    const judged = await host.run([
      ...["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
    ]);

    const complaints = err.split("\n").filter((line) => line.includes("asterisk-kommo"));
    const isOlder = release === "12";
    expect(complaints.filter((line) => !(isOlder && NEWER_KEYS.test(line)))).toEqual([]);
    const [, exposed] = /Overall exposure level for \S+: (\d+\.\d+)/.exec(judged.out) ?? [];
    expect(Number(exposed)).toBeLessThanOrEqual(MOST_EXPOSED);
  });

  test("before the set-up, doctor says what is missing, and the demo is right", async () => {
    const doctor = await host.run(["asterisk-kommo", "doctor"]);
    const demo = await host.run(["asterisk-kommo", "demo"]);

    expect(doctor.code).toBe(1);
    expect(doctor.out + doctor.err).toContain("/etc/asterisk-kommo/config.json");
    expect({ code: demo.code, err: demo.err }).toEqual({ code: 0, err: "" });
  }, 300_000);

  test(
    "an upgrade with calls that wait for Kommo loses none of them and doubles none",
    async () => {
      await writeFile(host.path(CONFIG), JSON.stringify(config(), null, 2));
      await host.run(["chown", "root:asterisk-kommo", `/${CONFIG}`]);
      await host.run(["chmod", "640", `/${CONFIG}`]);
      await host.run(["systemctl", "start", "asterisk-kommo"]);
      const service = await host.service();
      await service.wrote('"connected to the exchange"');
      await play(BEFORE);
      await until(() => kommo.journal.calls().length === 1, "the first call was not booked");
      kommo.fail({ kind: "status", status: 503, saved: "nothing", times: 10_000 });
      for (const recording of MEANWHILE) await play(recording);
      await until(() => accepted(service.log()) === 1 + MEANWHILE.length, "not all were accepted");
      const asked = await host.run(["asterisk-kommo", "--version"]);

      const done = await dpkg("-i", newerDeb);
      await until(
        () => occurrences(service.log(), '"connected to the exchange"') === 2,
        "no login",
      );
      const after = await host.run(["asterisk-kommo", "--version"]);
      kommo.faults.clear();
      await until(
        () => kommo.journal.calls().length >= 1 + MEANWHILE.length,
        "not all were booked",
      );

      expect(done).toMatchObject({ code: 0 });
      expect(host.told).toEqual(["start", "try-restart"]);
      expect([asked.out, after.out].map((text) => text.includes("999.0.0"))).toEqual([false, true]);
      expect(kommo.journal.calls()).toHaveLength(1 + MEANWHILE.length);
      const uniqs = kommo.journal.calls().map(({ uniq }) => uniq);
      expect(new Set(uniqs).size).toBe(uniqs.length);
      expect((await stat(host.path(CONFIG))).mode & 0o777).toBe(0o640);
    },
    LIMIT_MS,
  );

  test("doctor is content with the exchange and the account of the running service", async () => {
    const done = await host.run(["asterisk-kommo", "doctor", "--json"]);

    const { checks } = JSON.parse(done.out) as { checks: { name: string; status: string }[] };
    const bad = checks.filter(({ status }) => status === "failed").map(({ name }) => name);
    expect(bad).toEqual([]);
  });

  test(
    "a backup is made and put back as the page on operations tells",
    async () => {
      const before = await calls();

      const saved = await host.run(["sh", "-e", "-c", commandsUnder("## Backup")]);
      await host.run(["sh", "-c", "echo broken >/var/lib/asterisk-kommo/store.db"]);
      const restored = await host.run(["sh", "-e", "-c", commandsUnder("## Restore")]);

      expect([saved, restored]).toMatchObject([
        { code: 0, err: "" },
        { code: 0, err: "" },
      ]);
      expect(before.length).toBeGreaterThan(MEANWHILE.length);
      expect(await calls()).toEqual(before);
      expect(host.told.slice(-4)).toEqual(["stop", "start", "stop", "start"]);
    },
    LIMIT_MS,
  );

  async function calls(): Promise<readonly string[]> {
    const { out } = await host.run(["asterisk-kommo", "calls", "list", "--json"]);
    return out.trim().split("\n").toSorted();
  }

  test("removed, the service stops, and configuration and calls are kept", async () => {
    const done = await dpkg("--remove", "asterisk-kommo");

    expect(done).toMatchObject({ code: 0 });
    const service = await host.service();
    expect({ pid: service.pid(), last: service.journal.at(-1) }).toEqual({
      pid: 0,
      last: "exit 0",
    });
    expect(await isThere("usr/bin/asterisk-kommo")).toBe(false);
    expect(await isThere("usr/lib/asterisk-kommo")).toBe(false);
    expect(await isThere(CONFIG)).toBe(true);
    expect(await isThere("var/lib/asterisk-kommo/store.db")).toBe(true);
  });

  test(
    "installed again, it goes on with them at once",
    async () => {
      const from = (await host.service()).journal.length;

      const done = await dpkg("-i", newerDeb);

      expect(done).toMatchObject({ code: 0 });
      await (await host.service()).saw("READY=1", from);
      expect((await calls()).length).toBeGreaterThan(MEANWHILE.length);
    },
    LIMIT_MS,
  );

  test("purged, nothing of it is left but its user", async () => {
    const done = await dpkg("--purge", "asterisk-kommo");

    expect(done).toMatchObject({ code: 0 });
    const left = await host.run([
      ...["find", "/etc", "/usr", "/var", "-xdev", "-path", "/var/lib/dpkg", "-prune"],
      ...["-o", "-name", "*asterisk-kommo*", "-print"],
    ]);
    expect(left.out).toBe("");
    expect(await readdir(host.path("run/stand-in"))).toEqual(["notify"]);
  });

  const config = (): object => ({
    ami: { port: pbx.port, username: DEFAULT_USER.name, secret: "of-the-listener" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9_100_001, "102": 9_100_002 },
    unknown_client: "contact",
    // The simulated account shows what was saved at once.
    outbox: { believe_absence_after_seconds: 10 },
    recordings: { path: "/var/spool" },
    // Other daemons may run on the machine that this test runs on.
    ...{ http: { port: 0 }, public_http: { port: 0 }, fastagi: { port: 0 } },
  });
}

function commandsUnder(heading: string): string {
  const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
  const [, section = ""] = page.split(`${heading}\n`);
  const [, commands] = /```sh\n(.*?)```/s.exec(section) ?? [];
  if (commands === undefined) throw new Error(`there are no commands under ${heading}`);
  return commands;
}

/** Debian 12's systemd tells of them and goes on. */
const NEWER_KEYS =
  /Unknown key '(RestartSteps|RestartMaxDelaySec)' in section \[Service\], ignoring/;

const occurrences = (text: string, part: string): number => text.split(part).length - 1;
const accepted = (log: string): number => occurrences(log, '"call accepted"');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
