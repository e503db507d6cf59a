/**
 * A program of ours as a process beside this one, asked by name and answering with plain values (maps
 * and sets too). Exports `openBeside` for who asks, and `serveBeside` for the program itself.
 */
import { fork } from "node:child_process";
import { once } from "node:events";

export type Beside = {
  readonly pid: number;
  /** Rejects with what the program threw, or when it has ended. */
  ask<Answer>(name: string, value?: unknown): Promise<Answer>;
  /** Ends with it. */
  end(): Promise<void>;
};

type Asked = { readonly id: number; readonly name: string; readonly value: unknown };
type Told =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: string }
  | { readonly news: unknown };

/** @param onNews what the program tells without being asked */
export function openBeside(file: string, onNews: (news: unknown) => void = () => {}): Beside {
  const child = fork(file, [], {
    serialization: "advanced",
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  let isGone = false;
  const gone = once(child, "exit").then(([code, signal]) => {
    isGone = true;
    const error = new Error(`${file} ended with ${String(code ?? signal)}`);
    for (const { reject } of waiting.values()) reject(error);
  });
  child.on("message", (message) => {
    const told = message as Told;
    if ("news" in told) return onNews(told.news);
    const asker = waiting.get(told.id);
    waiting.delete(told.id);
    if ("answer" in told) asker?.resolve(told.answer);
    else asker?.reject(new Error(told.failure));
  });
  return {
    pid: child.pid ?? 0,
    ask<Answer>(name: string, value?: unknown) {
      const asker = Promise.withResolvers<unknown>();
      if (isGone) asker.reject(new Error(`${file} has ended`));
      else {
        const question: Asked = { id: ++asked, name, value };
        waiting.set(question.id, asker);
        child.send(question);
      }
      return asker.promise as Promise<Answer>;
    },
    async end() {
      if (!isGone) child.kill("SIGKILL");
      await gone;
    },
  };
}

export type Handlers = Readonly<Record<string, (value: never) => unknown>>;

/** Until whoever asks has ended. @returns tells news */
export function serveBeside(handlers: Handlers): (news: unknown) => void {
  const tell = (told: Told): void => void process.send?.(told);
  process.on("message", (message) => {
    const { id, name, value } = message as Asked;
    void (async () => {
      const handle = handlers[name];
      if (handle === undefined) throw new Error(`nobody answers to ${name}`);
      tell({ id, answer: await handle(value as never) });
    })().catch((thrown: unknown) => tell({ id, failure: String(thrown) }));
  });
  process.once("disconnect", () => process.exit());
  return (news) => tell({ news });
}
