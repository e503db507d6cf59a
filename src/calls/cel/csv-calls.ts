/** A CSV file as a source: each question reads it once, a question for calls twice. */
import { readCelCsv } from "./csv-source.ts";
import type { CelFile } from "./csv-source.ts";
import type { CelSource } from "./source.ts";

export const csvSource = (file: CelFile, maxRows: number): CelSource => ({
  readWindow: ({ from, to }, signal) =>
    readCelCsv(file, { row: ({ at }) => at >= from && at < to, limit: maxRows, signal }),
  async readCalls(linkedIds, signal) {
    const wanted = new Set<string>(linkedIds);
    const channels = new Set<string>();
    // First which channels and linkedids belong together, then their rows.
    const first = await readCelCsv(file, {
      row: ({ channel }) => {
        if (wanted.has(channel.linked)) channels.add(channel.id);
        else if (channels.has(channel.id)) wanted.add(channel.linked);
        return false;
      },
      limit: 0,
      signal,
    });
    if (!first.ok || channels.size === 0) return first;
    return readCelCsv(file, {
      row: ({ channel }) => wanted.has(channel.linked) || channels.has(channel.id),
      limit: maxRows,
      signal,
    });
  },
  close: () => Promise.resolve(),
});
