/** Starting the service at the end of the set-up, where systemd runs and has its unit. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { codeOf } from "../../lib/failure.ts";

const UNIT = "asterisk-kommo.service";
const UNIT_FOLDERS = ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"];

/** systemd runs here, and knows the service. */
export const hasService = (): boolean =>
  existsSync("/run/systemd/system") &&
  UNIT_FOLDERS.some((folder) => existsSync(`${folder}/${UNIT}`));

/** Enables the service, and starts it anew where it runs. @returns why not; undefined: it runs */
export async function startService(): Promise<string | undefined> {
  return (await run(["enable", UNIT])) ?? (await run(["restart", UNIT]));
}

const run = (args: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile("systemctl", args, { timeout: 60_000 }, (error, _out, said) =>
      resolve(error === null ? undefined : said.trim().split("\n")[0] || error.message),
    );
  });

/** The group of the service, which may read the configuration. @returns undefined: there is none here */
export function serviceGroup(groupFile = "/etc/group"): number | undefined {
  try {
    const line = /^asterisk-kommo:[^:]*:(\d+):/m.exec(readFileSync(groupFile, "utf8"));
    return line === null ? undefined : Number(line[1]);
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}
