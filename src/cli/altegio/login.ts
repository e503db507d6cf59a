/** `asterisk-kommo altegio login`: a new token of an Altegio user, for the configuration. */
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { logIn } from "../../altegio/api/places.ts";
import { tellAltegioFailure } from "../../altegio/api/failure.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { openAltegio } from "./far-sides.ts";

export const help = `Usage: asterisk-kommo altegio login --login LOGIN

Asks for the password of an Altegio user (on standard input) and prints the user's token, which goes into
altegio.user_token. It ends when the user changes the password. Nothing is kept here.

  --login LOGIN  the user's telephone or e-mail address
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 printed, 1 Altegio refuses, 2 wrong usage.
`;

const LIMIT_MS = 60_000;

export async function runAltegioLogin(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      login: { type: "string" },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  if (values.login === undefined) {
    err.write("asterisk-kommo altegio login: --login is needed\n");
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { altegio: configured } = loaded.value.config;
  err.write("Password: ");
  const lines = createInterface({ input: process.stdin });
  const first = await lines[Symbol.asyncIterator]().next();
  lines.close();
  const password = first.done === true ? "" : first.value;
  const far = openAltegio({ altegio: { ...configured, user_token: undefined } });
  try {
    const token = await logIn(
      far.altegio,
      { login: values.login, password },
      { urgency: "person", signal: AbortSignal.timeout(LIMIT_MS) },
    );
    if (!token.ok || token.value === "") {
      const reason = token.ok ? "no token came" : tellAltegioFailure(token.failure);
      err.write(
        `asterisk-kommo altegio login: ${reason}; look at login, password and altegio.partner_token\n`,
      );
      return 1;
    }
    out.write(`${token.value}\n`);
    return 0;
  } finally {
    far.close();
  }
}
