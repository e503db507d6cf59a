// The unit as systemd reads it: sections of "Key=value", of which a key may stand several times.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const UNIT = join(import.meta.dirname, "../../systemd/asterisk-kommo.service");

export type Unit = {
  /** The last one counts, as with systemd. */
  one(key: string): string | undefined;
  /** Of "15min", "30", "2s": milliseconds. */
  milliseconds(key: string): number;
};

const UNITS: Readonly<Record<string, number>> = { "": 1_000, s: 1_000, min: 60_000, ms: 1 };

export function readUnit(path = UNIT): Unit {
  const lines = readFileSync(path, "utf8").split("\n");
  const values = new Map(
    lines.flatMap((line) => {
      const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    }),
  );
  return {
    one: (key) => values.get(key),
    milliseconds(key) {
      const [, count, unit = ""] = /^(\d+)(\w*)$/.exec(values.get(key) ?? "") ?? [];
      return Number(count) * (UNITS[unit] ?? NaN);
    },
  };
}
