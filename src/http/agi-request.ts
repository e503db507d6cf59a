/**
 * What Asterisk says at the beginning of an AGI session, and how it is answered: a list of `agi_…` lines
 * up to an empty one, then commands with one line of answer each. Pure.
 * @source Asterisk, AGI: "agi_network_script: responsible?did=…", "200 result=1"
 */

export type AgiRequest = {
  /** "responsible": the path of the address, without what follows "?". */
  readonly script: string;
  /** The `agi_…` lines without their prefix: "callerid", "channel", "arg_1". */
  readonly fields: ReadonlyMap<string, string>;
  /** Of the address: what follows "?". */
  readonly query: URLSearchParams;
};

/** Of all that comes over one connection. */
export type AgiLimits = {
  readonly lineBytes: number;
  readonly lines: number;
  readonly bytes: number;
};

/** A real request has some twenty lines of at most a few hundred bytes. */
export const AGI_LIMITS: AgiLimits = { lineBytes: 4_096, lines: 200, bytes: 32_768 };

export type AgiReader = {
  /** @returns lines that this chunk completed; "too-much": past a limit, to be closed */
  push(chunk: Buffer): readonly string[] | "too-much";
};

/** Cuts bytes into lines; holds one unfinished line, of limited length. */
export function createAgiReader(limits: AgiLimits = AGI_LIMITS): AgiReader {
  let rest = Buffer.alloc(0);
  let lines = 0;
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > limits.bytes) return "too-much";
      const found: string[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
        const line = Buffer.concat([rest, chunk.subarray(from, at)]);
        if (line.length > limits.lineBytes || ++lines > limits.lines) return "too-much";
        found.push(line.toString("utf8").replace(/\r$/, ""));
        rest = Buffer.alloc(0);
        from = at + 1;
      }
      rest = Buffer.concat([rest, chunk.subarray(from)]);
      return rest.length > limits.lineBytes ? "too-much" : found;
    },
  };
}

const LF = 10;

/** @param lines without the empty one @returns undefined: not Asterisk's */
export function parseAgiRequest(lines: readonly string[]): AgiRequest | undefined {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = /^agi_(\w{1,32}): ?(.*)$/.exec(line) ?? [];
    if (name === undefined) return undefined;
    // The first one counts: what a variable with a line end adds comes behind it.
    if (!fields.has(name)) fields.set(name, plain(value));
  }
  const address = fields.get("network_script");
  if (address === undefined) return undefined;
  const [script = "", ...query] = address.split("?");
  return {
    script: script.replace(/^\/+/, ""),
    fields,
    query: new URLSearchParams(query.join("?")),
  };
}

const plain = (value: string): string => value.replace(/\p{Cc}+/gu, "");

/** One command, safe whatever the value holds: no line end or quote of its own gets through. */
export const setVariable = (name: string, value: string): string =>
  `SET VARIABLE ${name} "${plain(value).replace(/[\\"]/g, "\\$&")}"\n`;

/** What Asterisk says of a command; undefined: of something else ("HANGUP", a line of usage). */
export function agiAnswerCode(line: string): number | undefined {
  const [, code] = /^(\d{3})(?:[ -]|$)/.exec(line) ?? [];
  return code === undefined ? undefined : Number(code);
}
