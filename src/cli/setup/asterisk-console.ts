/** Asterisk's own command line (`asterisk -rx`): what it tells where no AMI user is there yet. */
import { execFile } from "node:child_process";

export type AsteriskConsole = {
  /** @returns what was said, without colours; undefined: there is no Asterisk here that answers */
  ask(command: string): Promise<string | undefined>;
};

const LIMIT_MS = 15_000;

/** @param program "asterisk", or the path of it; never run by a shell */
export function createAsteriskConsole(program: string): AsteriskConsole {
  return {
    ask: (command) =>
      new Promise((resolve) => {
        execFile(
          program,
          ["-rx", command],
          { timeout: LIMIT_MS, maxBuffer: 16 * 1024 * 1024, env: searchPath() },
          (error, stdout) =>
            resolve(error === null ? stdout.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "") : undefined),
        );
      }),
  };
}

/** Of a plain user `/usr/sbin` is not searched, and Asterisk lies there. */
const searchPath = (): Record<string, string> => ({
  PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin:/sbin:/usr/bin:/bin`,
  LC_ALL: "C",
});
