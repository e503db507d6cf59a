/**
 * A process of its own that asks an HTTP server evenly: so many requests a second over so many kept
 * connections, each taken in turn. Exports `askEvenly`, which starts it.
 */
import { fork } from "node:child_process";
import { Agent, get } from "node:http";

export type EvenAsking = {
  readonly port: number;
  /** One for each request. */
  readonly paths: readonly string[];
  readonly perSecond: number;
  readonly connections: number;
};

/** Milliseconds from asking to the end of the answer, and what was answered, in the order of asking. */
export type EvenAnswers = { readonly ms: readonly number[]; readonly texts: readonly string[] };

export function askEvenly(asking: EvenAsking): Promise<EvenAnswers> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, ["ask"], { serialization: "advanced" });
    child.once("message", (answers) => resolve(answers as EvenAnswers));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the client ended with ${String(code)}`)));
    child.send(asking);
  });
}

async function ask(asking: EvenAsking): Promise<EvenAnswers> {
  const { port, paths, perSecond, connections } = asking;
  const agents = Array.from(
    { length: connections },
    () => new Agent({ keepAlive: true, maxSockets: 1 }),
  );
  const one = (path: string, agent: Agent | undefined): Promise<{ ms: number; text: string }> =>
    new Promise((resolve, reject) => {
      const askedAt = performance.now();
      get({ host: "127.0.0.1", port, path, ...(agent ? { agent } : {}) }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("end", () => resolve({ ms: performance.now() - askedAt, text }));
      }).on("error", reject);
    });
  await Promise.all(agents.map((agent) => one(paths[0] ?? "/", agent)));
  const begunAt = performance.now();
  const asked: Promise<{ ms: number; text: string }>[] = [];
  for (const [index, path] of paths.entries()) {
    const inMs = begunAt + (index * 1_000) / perSecond - performance.now();
    if (inMs > 0) await new Promise((resolve) => setTimeout(resolve, inMs));
    asked.push(one(path, agents[index % connections]));
  }
  const answers = await Promise.all(asked);
  for (const agent of agents) agent.destroy();
  return { ms: answers.map(({ ms }) => ms), texts: answers.map(({ text }) => text) };
}

if (process.argv[2] === "ask")
  process.once("message", (asking) => {
    void ask(asking as EvenAsking).then((answers) =>
      process.send?.(answers, () => process.exit(0)),
    );
  });
