import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const log = pathToFileURL(join(import.meta.dirname, "../../src/lib/log.ts")).href;

/** Logs 20 MB, more than any pipe holds, and says on standard error that it is still alive. */
const program = `
  import { createLog } from ${JSON.stringify(log)};
  const { logger, flush } = createLog({ level: "info", secrets: [] });
  for (let line = 0; line < 2_000; line++) {
    logger.info({ filler: "x".repeat(10_000) }, "line");
    if (line % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await flush();
  process.stderr.write("alive");
  process.exit(0);
`;

type Child = ChildProcessByStdio<null, Readable, Readable>;

function startLogging(): Child {
  const options = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program];
  return spawn(process.execPath, options, { stdio: ["ignore", "pipe", "pipe"] });
}

async function endOf(child: Child): Promise<{ code: number | null; said: string }> {
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("exit", resolve));
  child.stdout.destroy();
  return { code, said };
}

test("a log that nobody reads does not hold up the work, nor its end", async () => {
  const child = startLogging();

  expect(await endOf(child)).toEqual({ code: 0, said: "alive" });
});

test("a log whose reader is gone does not end the work", async () => {
  const child = startLogging();
  child.stdout.destroy();

  expect(await endOf(child)).toEqual({ code: 0, said: "alive" });
});
