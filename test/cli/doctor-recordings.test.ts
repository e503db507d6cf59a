// What the doctor says of recordings, and of the public address.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import type { DoctorContext, Verdict } from "../../src/cli/doctor/check.ts";
import { publicReachCheck } from "../../src/cli/doctor/public-reach-check.ts";
import { recordingsCheck } from "../../src/cli/doctor/recordings-check.ts";
import { recordingRoute } from "../../src/http/recording.ts";
import { startHttp } from "../../src/http/start-http.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { newFolder, removeFolders } from "../config/written-config.ts";

const closers: (() => unknown)[] = [];
const searchPath = process.env["PATH"];
afterEach(async () => {
  process.env["PATH"] = searchPath;
  for (const close of closers.splice(0)) await close();
  removeFolders();
});

const contextOf = (recordings: object): DoctorContext =>
  ({
    loaded: { ok: true, value: { config: { recordings } } },
    signal: new AbortController().signal,
  }) as never;

const PUBLIC = { public_url: "https://pbx.example", converter: "auto" };
const recordings = (changes: object): Promise<Verdict> =>
  recordingsCheck.run(contextOf({ ...PUBLIC, path: newFolder(), ...changes }));

test("F63: without ffmpeg the doctor says what is played as it is, and names the package", async () => {
  process.env["PATH"] = "/nowhere";

  const auto = await recordings({});
  const alone = await recordings({ converter: "ffmpeg" });

  expect(auto.status).toBe("ok");
  expect(auto.details?.join()).toMatch(/\.gsm.*install the package ffmpeg/);
  expect(alone).toMatchObject({ status: "failed", remedy: expect.stringContaining("ffmpeg") });
});

test("with ffmpeg, with none wanted, and without a public address all is well", async () => {
  const verdicts = await Promise.all([
    recordings({}),
    recordings({ converter: "off" }),
    recordings({ public_url: undefined, path: "/nowhere" }),
  ]);

  expect(verdicts.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(verdicts[0]?.sentence).toContain("ffmpeg is there");
});

test("a folder of recordings that is not there is told", async () => {
  const folder = newFolder();
  await mkdir(join(folder, "there"));

  const verdict = await recordings({ path: join(folder, "not-there") });

  expect(verdict).toMatchObject({
    status: "warning",
    sentence: expect.stringContaining("not there"),
  });
});

const reach = (public_url: string | undefined): Promise<Verdict> =>
  publicReachCheck.run(contextOf({ public_url }));

test("a public address that leads to the daemon is told from one that leads elsewhere", async () => {
  const route = recordingRoute({ listen: () => Promise.resolve({ kind: "none" }) });
  const http = await startHttp({
    listeners: [{ name: "public_http", host: "127.0.0.1", port: 0, routes: [route] }],
    clock: systemClock,
    log: silentLogger,
  });
  const stranger: Server = createServer((_, response) => response.writeHead(404).end("not found"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  closers.push(
    () => http.stop(),
    () => stranger.close(),
  );
  const { port } = stranger.address() as AddressInfo;

  const ours = await reach(http.address("public_http"));
  const other = await reach(`http://127.0.0.1:${port}`);
  stranger.close();
  stranger.closeAllConnections();
  const nobody = await reach(`http://127.0.0.1:${port}`);

  expect(ours.sentence).toContain("leads to this daemon");
  expect(ours.status).toBe("warning"); // no https
  expect(other.sentence).toContain("not with this daemon");
  expect(nobody.sentence).toContain("does not answer");
  expect((await reach(undefined)).status).toBe("skipped");
});
