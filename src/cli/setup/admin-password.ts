/**
 * `setup --admin-password`: sets the password of a user of the admin page, typed twice on a terminal or read
 * from standard input. Only its hash leaves this process; who is logged in by this name has to log in again.
 */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { hashPassword, LONGEST_PASSWORD, SHORTEST_PASSWORD } from "../../http/admin/password.ts";
import { setUser, type PageUser } from "../../http/admin/schema.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { adminPasswordAsJson } from "../admin/password-answer.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { withStoreOrDaemon } from "../store-or-daemon.ts";

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };
type Output = { write(text: string): unknown };
export type PasswordTerminal = {
  readonly user: PageUser;
  readonly input: Input;
  readonly out: Output;
  readonly err: Output;
};

/** @returns the exit code */
export async function setAdminPassword(
  configFile: string | undefined,
  { user, input, out, err }: PasswordTerminal,
): Promise<number> {
  const loaded = openConfig({ file: configFile, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const given = input.isTTY === true ? await askTwice(input, err) : await readFirstLine(input);
  if (!given.ok) {
    err.write(`asterisk-kommo setup: ${given.failure}\n`);
    return 1;
  }
  const { store, http } = loaded.value.config;
  const hash = await hashPassword(given.value);
  const done = await withStoreOrDaemon<object>({
    place: store,
    makesStore: true,
    ask: adminPasswordAsJson({ ...user, hash }),
    alone: async (own) => {
      await own.write(setUser({ ...user, hash, now: Date.now() }));
      return succeeded({});
    },
  });
  if (!done.ok) {
    const { reason, hint } = done.failure;
    err.write(`asterisk-kommo setup: ${reason}; ${hint}\n`);
    return 1;
  }
  out.write(`The password is set. The page: http://${http.host}:${http.port}/admin/\n`);
  return 0;
}

function judge(password: string): Result<string, string> {
  if (password.length < SHORTEST_PASSWORD)
    return failed(`a password has at least ${SHORTEST_PASSWORD} letters`);
  if (password.length > LONGEST_PASSWORD)
    return failed(`a password has at most ${LONGEST_PASSWORD} letters`);
  return succeeded(password);
}

async function askTwice(input: Input, err: Output): Promise<Result<string, string>> {
  const first = judge(await askUnseen(input, err, "New password for the admin page: "));
  if (!first.ok) return first;
  const second = await askUnseen(input, err, "Once more: ");
  return second === first.value ? first : failed("the two are not the same, nothing is changed");
}

/** What is typed is not shown. */
async function askUnseen(input: Input, err: Output, question: string): Promise<string> {
  err.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    err.write("\n");
  }
}

const LONGEST_INPUT = 10_000;

async function readFirstLine(input: Input): Promise<Result<string, string>> {
  let text = "";
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes("\n") || text.length > LONGEST_INPUT) break;
  }
  return judge(text.split("\n", 1)[0]?.replace(/\r$/, "") ?? "");
}
