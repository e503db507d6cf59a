import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { expect, jest, test } from "@jest/globals";
import { main } from "../../../src/cli/main.ts";
import { eventsNamed, fixturePath, openLoggedIn } from "./raw-client.ts";

const entry = join(import.meta.dirname, "../../../src/cli/main.ts");

const start = (args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(process.execPath, [entry, "simulate", ...args], { stdio: ["ignore", "pipe", "pipe"] });

/** Commands that end by themselves are run in this process. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((out += String(text))));
  jest.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((err += String(text))));
  try {
    return { code: await main(["simulate", ...args]), out, err };
  } finally {
    jest.restoreAllMocks();
  }
}

test("simulate pbx says where it listens, plays in a loop, and ends on SIGTERM", async () => {
  const child = start([
    "pbx",
    "--port",
    "0",
    "--user",
    "crm",
    "--secret",
    "s3",
    "--speed",
    "max",
    "--every",
    "0.05",
    "--loop",
    fixturePath("in-answered-101"),
  ]);
  let out = "";
  const port = await new Promise<number>((resolve) => {
    child.stdout.on("data", (bytes) => {
      out += String(bytes);
      const found = /127\.0\.0\.1:(\d+)/.exec(out)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });

  const client = await openLoggedIn(port, "Action: Login\nUsername: crm\nSecret: s3\n\n");
  await client.until("Event: Hangup\n");
  child.kill("SIGTERM");
  const [code] = (await once(child, "close")) as unknown[];

  expect(out.split("\n")[0]).toMatch(/^AMI on 127\.0\.0\.1:\d+, user crm, secret s3$/);
  expect(eventsNamed(client.text(), "Newchannel").length).toBeGreaterThan(0);
  expect(code).toBe(0);
});

test("a folder that holds no trace, and a port that is taken: one sentence and exit code 1", async () => {
  const taken = createServer();
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  const port = String((taken.address() as AddressInfo).port);

  const results = [
    await run("pbx", "--port", "0", import.meta.dirname),
    await run("pbx", "--port", port),
  ];

  for (const result of results) {
    expect(result).toMatchObject({ code: 1, out: "" });
    expect(result.err.trim().split("\n")).toHaveLength(1);
  }
  expect(results[0]?.err).toContain("holds no trace");
  expect(results[1]?.err).toContain(`Port ${port} is taken`);
  taken.close();
});

test("wrong usage ends with 2 and names the wrong option; --help with 0", async () => {
  for (const [args, word] of [
    [["pbx", "--port", "x"], "--port"],
    [["pbx", "--speed", "0"], "--speed"],
    [["pbx", "--nonsense"], "--nonsense"],
    [["pbx", "--loop"], "--loop"],
    [["telex"], "Usage"],
    [[], "Usage"],
  ] as const) {
    const result = await run(...args);
    expect(result.code).toBe(2);
    expect(result.err).toContain(word);
  }
  expect(await run("pbx", "--help")).toMatchObject({ code: 0, err: "" });
});
