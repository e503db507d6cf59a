/**
 * The `config.json` of a recording: what `replay` has to know of the exchange, so that whoever gets
 * the folder sees the same calls. Employees' outside numbers stand in it as they do in the recording.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CallSettings } from "../../calls/settings.ts";
import { compileSettings } from "../../calls/settings.ts";
import { codeOf, failed, succeeded } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";
import { MAX_EXTENSION_DIGITS } from "./scrub-text.ts";
import type { TextScrubber } from "./scrub-text.ts";

export const RECORDED_CONFIG = "config.json";

export type ReplayConfig = {
  /** Names that the configuration gives and that stay: of trunks, of telephones with letters. */
  readonly namesToKeep: readonly string[];
  /** To be told of each number that is replaced. */
  readonly onNumber: (original: string, standIn: string) => void;
  /** @returns the file's name */
  readonly write: (
    folder: string,
    scrubber: Pick<TextScrubber, "digitsOnly">,
  ) => Result<string, { hint: string }>;
};

export function createReplayConfig(settings: CallSettings): ReplayConfig {
  const { extensions, trunks = [] } = settings;
  const { isExtension, isEmployeeNumber } = compileSettings(settings);
  const outsideExtensions = new Set<string>();
  const mobiles = new Set<string>();
  const peers = trunks.map((trunk) => trunk.slice(trunk.indexOf("/") + 1));
  return {
    namesToKeep: [...peers, ...extensions].filter(
      (name) => /^[\w.+-]+$/.test(name) && !name.startsWith("_") && !/\d{7,}/.test(name),
    ),
    onNumber: (original, standIn) => {
      if (isExtension(original)) outsideExtensions.add(standIn);
      else if (isEmployeeNumber(original)) mobiles.add(standIn);
    },
    write: (folder, scrubber) => {
      const config = {
        pbx: {
          extensions: [...extensions.filter(isOfTelephones), ...outsideExtensions],
          trunks: trunks.map(scrubber.digitsOnly),
        },
        users: Object.fromEntries([...mobiles].map((number, index) => [number, index + 1])),
      };
      try {
        const text = `${JSON.stringify(config, undefined, 2)}\n`;
        writeFileSync(join(folder, RECORDED_CONFIG), text, { mode: 0o600 });
        return succeeded(RECORDED_CONFIG);
      } catch (thrown) {
        const code = codeOf(thrown);
        if (code === undefined) throw thrown;
        return failed({ hint: `${RECORDED_CONFIG} could not be written (${code})` });
      }
    },
  };
}

/** `_1XX`, `101`; not `_8916XXXXXXX`, which would tell numbers. */
const isOfTelephones = (pattern: string): boolean =>
  pattern.replace(/^_|-/g, "").replace(/\[[^\]]*\]/g, "X").length <= MAX_EXTENSION_DIGITS;
