/** Server-sent events out of pieces of text. Pure. Exports `createSseParser`. @source HTML, 9.2.6 */

export type ServerSentEvent = { readonly name: string; readonly text: string };

export type SseParser = {
  /** @returns the events that are whole now; undefined: a line is beyond all measure */
  push(piece: string): readonly ServerSentEvent[] | undefined;
};

const LONGEST = 256 * 1_024;

export function createSseParser(): SseParser {
  let rest = "";
  let name = "";
  let lines: string[] = [];

  function take(line: string): ServerSentEvent | undefined {
    if (line === "") {
      const event = { name: name === "" ? "message" : name, text: lines.join("\n") };
      const isEmpty = lines.length === 0;
      name = "";
      lines = [];
      return isEmpty ? undefined : event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    if (field === "data") lines.push(value);
    return undefined;
  }

  return {
    push(piece) {
      rest += piece;
      const events: ServerSentEvent[] = [];
      // A "\r" at the end may be half of a line's end.
      const all = rest.split(/\r\n|\n|\r(?!$)/);
      rest = all.pop() ?? "";
      for (const line of all) {
        const event = take(line);
        if (event !== undefined) events.push(event);
      }
      const held = rest.length + lines.reduce((sum, line) => sum + line.length, 0);
      return held > LONGEST ? undefined : events;
    },
  };
}
