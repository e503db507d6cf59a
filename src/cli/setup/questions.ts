/**
 * Asks the administrator: on a terminal, or line by line from standard input. With `--yes` every
 * proposal is taken. Exports `askOnTerminal`, `takeProposals` and `InputEnded`.
 */
import { createInterface } from "node:readline";
import { Writable, type Readable } from "node:stream";

export type Questions = {
  /** Enter takes the proposal. */
  ask(question: string, proposal?: string): Promise<string>;
  /** What is typed is not shown. */
  askSecret(question: string): Promise<string>;
  confirm(question: string, proposal: boolean): Promise<boolean>;
  readonly say: (text: string) => void;
  /** false: nobody is there to answer; what has no proposal must be given by a flag. */
  readonly isAnswered: boolean;
  close(): void;
};

/** Nobody answers any more: the end of the input, or Ctrl-C. */
export class InputEnded extends Error {
  constructor() {
    super("the input ended before all was answered");
    this.name = "InputEnded";
  }
}

type Output = { write(text: string): unknown };

export function askOnTerminal(input: Readable & { isTTY?: boolean }, output: Output): Questions {
  let isMuted = false;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isMuted) output.write(chunk.toString());
      done();
    },
  });
  const reader = createInterface({ input, output: echo, terminal: input.isTTY === true });
  const lines: string[] = [];
  let isEnded = false;
  let waiting: PromiseWithResolvers<string> | undefined;
  reader.on("line", (line) => {
    if (waiting === undefined) lines.push(line);
    else waiting.resolve(line);
    waiting = undefined;
  });
  const end = (): void => {
    isEnded = true;
    waiting?.reject(new InputEnded());
    waiting = undefined;
  };
  reader.on("close", end);
  reader.on("SIGINT", () => reader.close());

  async function nextLine(prompt: string): Promise<string> {
    output.write(prompt);
    const line = lines.shift();
    if (line !== undefined) return line.trim();
    if (isEnded) throw new InputEnded();
    waiting = Promise.withResolvers<string>();
    return (await waiting.promise).trim();
  }

  const ask: Questions["ask"] = async (question, proposal) => {
    const answer = await nextLine(
      proposal === undefined || proposal === "" ? `${question}: ` : `${question} [${proposal}]: `,
    );
    return answer === "" ? (proposal ?? "") : answer;
  };

  return {
    ask,
    async askSecret(question) {
      const answer = nextLine(`${question}: `);
      isMuted = true;
      try {
        return await answer;
      } finally {
        isMuted = false;
        output.write("\n");
      }
    },
    async confirm(question, proposal) {
      for (;;) {
        const answer = await nextLine(`${question} [${proposal ? "Y/n" : "y/N"}]: `);
        if (answer === "") return proposal;
        if (/^y(es)?$/i.test(answer)) return true;
        if (/^no?$/i.test(answer)) return false;
        output.write("Please answer y or n.\n");
      }
    },
    say: (text) => void output.write(text),
    isAnswered: true,
    close: () => reader.close(),
  };
}

/** `--yes`. */
export const takeProposals = (output: Output): Questions => ({
  ask: (_question, proposal = "") => Promise.resolve(proposal),
  askSecret: () => Promise.resolve(""),
  confirm: (_question, proposal) => Promise.resolve(proposal),
  say: (text) => void output.write(text),
  isAnswered: false,
  close: () => undefined,
});
