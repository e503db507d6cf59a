/**
 * Looks into the daemon's store while it runs. It lies on a small disk, which only a process within
 * sees: run by itself, this file is that process. Exports `openAsker`.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import type { Readable, Writable } from "node:stream";
import type { SmallDisk } from "./small-disk.ts";

export type Row = Readonly<Record<string, unknown>>;

export type Asker = {
  /** @returns one list of rows for each statement */
  ask(statements: readonly string[]): Promise<Row[][]>;
  close(): Promise<void>;
};

type Answer = { readonly rows: Row[][] } | { readonly failure: string };
type Waiting = {
  readonly resolve: (rows: Row[][]) => void;
  readonly reject: (error: Error) => void;
};

/** Its process begins with the first question: a start each time would cost more than the daemon. */
export function openAsker({ enter }: Pick<SmallDisk, "enter">, file: string): Asker {
  const waiting: Waiting[] = [];
  let child: ChildProcessByStdio<Writable, Readable, null> | undefined;

  function begin(): ChildProcessByStdio<Writable, Readable, null> {
    const [command = "", ...args] = [...enter, process.execPath, import.meta.filename, file];
    const started = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: started.stdout }).on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      const asker = waiting.shift();
      if ("rows" in answer) asker?.resolve(answer.rows);
      else asker?.reject(new Error(answer.failure));
    });
    started.stdin.on("error", () => undefined); // its exit tells
    started.once("exit", () => {
      for (const { reject } of waiting.splice(0)) reject(new Error("nobody looks into the store"));
    });
    return started;
  }

  return {
    ask: (statements) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child ??= begin();
        child.stdin.write(`${JSON.stringify(statements)}\n`);
      }),
    async close() {
      if (child === undefined || child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function answer(file: string, statements: readonly string[]): Answer {
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    try {
      return { rows: statements.map((sql) => db.prepare(sql).all()) };
    } finally {
      db.close();
    }
  } catch (thrown) {
    return { failure: String(thrown) };
  }
}

if (import.meta.main) {
  const [file = ""] = process.argv.slice(2);
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(answer(file, JSON.parse(line) as string[]))}\n`);
}
