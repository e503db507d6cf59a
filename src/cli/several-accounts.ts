/**
 * Commands where one daemon serves several accounts: `--account NAME` says which is meant, and those that
 * look at all there is are run for each. Exports `takeAccount` and `runForEachAccount`.
 */
import { chooseAccount, chosenAccount } from "./chosen-account.ts";

const FLAG = "--account";

/** @returns the arguments without it; another of the same name counts */
export function takeAccount(args: readonly string[]): readonly string[] {
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const name = arg.startsWith(`${FLAG}=`)
      ? arg.slice(FLAG.length + 1)
      : arg === FLAG
        ? args[++at]
        : undefined;
    if (name !== undefined) chooseAccount(name);
    else rest.push(arg);
  }
  return rest;
}

/** @returns the worst exit code */
export async function runForEachAccount(
  run: (args: string[]) => Promise<number>,
  args: readonly string[],
): Promise<number> {
  // Not with this file: it brings all that the configuration can say, and the daemon has it already.
  const { openAccounts, tellProblems } = await import("./open-config.ts");
  const at = args.findIndex((arg) => arg === "--config" || arg.startsWith("--config="));
  const file = args[at]?.startsWith("--config=") === true ? args[at].slice(9) : args[at + 1];
  const found = chosenAccount() === undefined ? openAccounts(at < 0 ? undefined : file) : undefined;
  if (found === undefined) return run([...args]);
  if (!found.ok) {
    process.stderr.write(tellProblems([found.failure]));
    return 1;
  }
  const { accounts, warnings } = found.value;
  process.stderr.write(tellProblems(warnings));
  if (accounts.length === 0)
    process.stderr.write("asterisk-kommo: there is no account in the folder of include yet\n");
  let worst = accounts.length === 0 ? 1 : 0;
  for (const { name } of accounts) {
    if (!args.includes("--json")) process.stdout.write(`${name}\n`);
    chooseAccount(name);
    worst = Math.max(worst, await run([...args]));
  }
  return worst;
}
