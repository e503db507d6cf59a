/** The demo as a process of its own, with its admin page. Exports `startDemo`. */
import { spawn } from "node:child_process";
import { join } from "node:path";

export type Demo = {
  readonly address: string;
  readonly password: string;
  /** Resolves when the day is over and everything is booked. */
  played(): Promise<void>;
  stop(): Promise<void>;
};

const PROGRAM = join(import.meta.dirname, "../../bin/asterisk-kommo");
const PATIENCE_MS = 170_000;

export async function startDemo(): Promise<Demo> {
  const child = spawn(PROGRAM, ["demo", "--keep"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (part: Buffer) => (said += part.toString()));
  child.stderr.on("data", (part: Buffer) => (said += part.toString()));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));

  async function until(wanted: RegExp): Promise<RegExpExecArray> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = wanted.exec(said);
      if (found !== null) return found;
      if (child.exitCode !== null || Date.now() > giveUpAt)
        throw new Error(`the demo did not say ${String(wanted)}:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const [, address = "", password = ""] = await until(
    /The admin page: (http:\S+)\/admin\/ \(password (\S+)\)/,
  );
  return {
    ...{ address, password },
    played: async () => void (await until(/Everything keeps running/)),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
