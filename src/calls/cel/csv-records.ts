/**
 * CSV as Asterisk writes it (RFC 4180: quotes, doubled quotes, line ends inside quotes), record by
 * record from chunks of text. What is broken costs its own record, not the rest.
 */

/** A record or a cell that never ends is given up: an unclosed quote would swallow the file. */
const MAX_RECORD = 64 * 1024;

export async function* csvRecords(
  chunks: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<readonly string[]> {
  const scanner = new Scanner();
  for await (const chunk of chunks) yield* scanner.records(chunk, false);
  yield* scanner.records("", true);
}

/** What has been looked at once is not looked at again, but for lines behind a broken one. */
class Scanner {
  #text = "";
  #scanned = 0;
  #isInQuotes = false;
  #isFirst = true;

  *records(chunk: string, isLast: boolean): Generator<readonly string[]> {
    this.#text += this.#isFirst ? chunk.replace(/^\uFEFF/, "") : chunk;
    this.#isFirst &&= chunk === "";
    const text = this.#text;
    let start = 0;
    for (;;) {
      const from = this.#scanned;
      const stop = this.#isInQuotes ? text.indexOf('"', from) : nextStop(text, from);
      const end = stop < 0 ? text.length : stop;
      if (end - start > MAX_RECORD || (isLast && stop < 0 && this.#isInQuotes)) {
        // Drops the line with the unclosed quote; what stands behind it gets its chance.
        const lineEnd = text.indexOf("\n", start);
        start = lineEnd < 0 ? text.length : lineEnd + 1;
        this.#scanned = start;
        this.#isInQuotes = false;
      } else if (stop < 0) {
        this.#scanned = end;
        break;
      } else if (text[stop] === '"') {
        this.#isInQuotes = !this.#isInQuotes;
        this.#scanned = stop + 1;
      } else {
        yield* cells(text.slice(start, stop));
        start = stop + 1;
        this.#scanned = start;
      }
    }
    this.#text = text.slice(start);
    this.#scanned -= start;
    if (isLast) yield* cells(this.#text);
  }
}

const STOP = /["\n]/g;

function nextStop(text: string, from: number): number {
  STOP.lastIndex = from;
  return STOP.exec(text)?.index ?? -1;
}

function* cells(record: string): Generator<readonly string[]> {
  const line = record.endsWith("\r") ? record.slice(0, -1) : record;
  if (line.trim() === "") return;
  const found: string[] = [];
  let at = 0;
  while (at <= line.length) {
    const { text, next } = line[at] === '"' ? quotedCell(line, at + 1) : plainCell(line, at);
    found.push(text);
    at = next;
  }
  yield found;
}

function plainCell(line: string, start: number): { text: string; next: number } {
  const comma = line.indexOf(",", start);
  const end = comma < 0 ? line.length : comma;
  return { text: line.slice(start, end), next: end + 1 };
}

function quotedCell(line: string, start: number): { text: string; next: number } {
  let text = "";
  let at = start;
  for (;;) {
    const quote = line.indexOf('"', at);
    if (quote < 0) return { text: text + line.slice(at), next: line.length + 1 };
    text += line.slice(at, quote);
    if (line[quote + 1] !== '"') {
      const comma = line.indexOf(",", quote);
      return { text, next: (comma < 0 ? line.length : comma) + 1 };
    }
    text += '"';
    at = quote + 2;
  }
}
