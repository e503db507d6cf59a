/** The daemon as it is installed: the built command as a process of its own, started and killed by tests. */
import { spawn, type ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PLAIN_ENVIRONMENT } from "../cli/spawned.ts";

export type DaemonProcess = {
  readonly pid: number;
  /** Everything it wrote so far: JSON lines on standard output, sentences on standard error. */
  readonly output: () => string;
  /** Resolves with the first line that holds `text`; rejects when the process ends before. */
  said(text: string): Promise<void>;
  /** Resolves with the exit code when it ends by itself. */
  exited(): Promise<number | null>;
  signal(signal: "SIGHUP" | "SIGSTOP" | "SIGCONT"): void;
  /** Sends the signal and waits for the end. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<{ code: number | null; signal: string | null }>;
};

const COMMAND = join(import.meta.dirname, "../../bin/asterisk-kommo");

/** Every process that a test started, so that none outlives a failed test. */
const running = new Set<ChildProcess>();

export async function endDaemons(): Promise<void> {
  for (const child of running) child.kill("SIGKILL");
  await Promise.all([...running].map(ended));
}

export async function writeConfig(folder: string, config: object): Promise<string> {
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return file;
}

/** Several daemons run beside one another. */
const ANY_PORTS = { ASTERISK_KOMMO_HTTP_PORT: "0", ASTERISK_KOMMO_FASTAGI_PORT: "0" };

export function startDaemonProcess(
  configFile: string,
  environment: Readonly<Record<string, string>> = {},
): DaemonProcess {
  const child = spawn(COMMAND, ["run", "--config", configFile], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...PLAIN_ENVIRONMENT, ...ANY_PORTS, ...environment },
  });
  running.add(child);
  void ended(child).then(() => running.delete(child));
  let output = "";
  let listeners: (() => void)[] = [];
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    listeners.forEach((listener) => listener());
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);

  return {
    pid: child.pid ?? 0,
    output: () => output,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.includes(text)) resolve();
        };
        listeners = [...listeners, look];
        void ended(child).then(() =>
          reject(new Error(`it ended without saying ${JSON.stringify(text)}: ${output}`)),
        );
        look();
      }),
    exited: async () => (await ended(child)).code,
    signal: (signal) => void child.kill(signal),
    end: async (signal) => {
      child.kill(signal);
      return ended(child);
    },
  };
}

const ended = (
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> =>
  new Promise((resolve) => {
    const { exitCode: code, signalCode: signal } = child;
    if (code !== null || signal !== null) resolve({ code, signal });
    else
      child.once("exit", (exitCode, signalCode) => resolve({ code: exitCode, signal: signalCode }));
  });
