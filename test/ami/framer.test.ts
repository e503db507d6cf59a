import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFramer } from "../../src/ami/framer.ts";

const BANNER = "Asterisk Call Manager/11.0.0\r\n";
const stream =
  `${BANNER}Response: Success\r\nActionID: 1\r\n\r\n` +
  `Event: TestEvent\r\nState: RINGING_INBAND\r\n\r\n\r\n` +
  `Event: Newexten\r\nAppData: MULTI=one\ntwo\n\nthree\r\n\r\n` +
  `Event: Hangup\r\nCallerIDName: \xd0\x90\xd0\r\n\r\nEvent: Half`;
const messages = [
  "Response: Success\r\nActionID: 1",
  "Event: TestEvent\r\nState: RINGING_INBAND",
  "Event: Newexten\r\nAppData: MULTI=one\ntwo\n\nthree",
  "Event: Hangup\r\nCallerIDName: \xd0\x90\xd0",
];

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const frame = (chunks: readonly Buffer[], maxMessageBytes?: number) => {
  const framer = createFramer(maxMessageBytes === undefined ? {} : { maxMessageBytes });
  const texts = chunks.flatMap((chunk) => framer.push(chunk));
  return { texts, banner: framer.banner(), dropped: framer.droppedOversize() };
};
const oneByOne = (text: string): Buffer[] => [...text].map(bytes);

test("the banner is told apart from the first message, and half a message is not told", () => {
  const { texts, banner } = frame([bytes(stream)]);

  expect(texts).toEqual(messages);
  expect(banner).toEqual({ kind: "seen", line: "Asterisk Call Manager/11.0.0" });
});

test("F24: it does not matter where the network cuts the bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const chunks = edges.slice(1).map((to, i) => bytes(stream.slice(edges[i], to)));

      expect(frame(chunks).texts).toEqual(messages);
    }),
  );
  expect(frame(oneByOne(stream)).texts).toEqual(messages);
});

test("a recording without a banner is framed from its first byte", () => {
  const { texts, banner } = frame([bytes("Event: Hangup\r\n\r\n")]);

  expect(texts).toEqual(["Event: Hangup"]);
  expect(banner).toEqual({ kind: "absent" });
});

test("a banner without end is no banner", () => {
  const endless = frame([bytes(`Asterisk Call Manager/${"1".repeat(200)}`)]);
  const short = frame([bytes("Asterisk Call")]);

  expect(endless.banner).toEqual({ kind: "absent" });
  expect(short.banner).toEqual({ kind: "awaited" });
});

test.each([
  { length: 99, told: 1 },
  { length: 100, told: 1 },
  { length: 101, told: 0 },
])("with a cap of 100 bytes a message of $length bytes is told $told times", (limits) => {
  const text = `${BANNER}${"x".repeat(limits.length)}\r\n\r\nEvent: Next\r\n\r\n`;

  for (const chunks of [[bytes(text)], oneByOne(text)]) {
    const { texts, dropped } = frame(chunks, 100);

    expect(texts.filter((message) => message.startsWith("x"))).toHaveLength(limits.told);
    expect(texts.at(-1)).toBe("Event: Next");
    expect(dropped).toBe(1 - limits.told);
  }
});

test("F24: 10 MB without an empty line are dropped as one message, and the next message is read", () => {
  const piece = Buffer.alloc(65_536, "A: b\r\n");
  const pieces = Array.from({ length: 160 }, () => piece);

  const { texts, dropped } = frame([
    bytes(BANNER),
    ...pieces,
    bytes("\r\n\r\nEvent: Next\r\n\r\n"),
  ]);

  expect(texts).toEqual(["Event: Next"]);
  expect(dropped).toBe(1);
});

test("F24: a line of 64 kB is told whole", () => {
  const long = `Event: VarSet\r\nValue: ${"v".repeat(65_536)}`;

  expect(frame([bytes(`${BANNER}${long}\r\n\r\n`)]).texts).toEqual([long]);
});

test("any bytes at all give no more than they hold, and no error", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
      const { texts } = frame(
        chunks.map((chunk) => Buffer.from(chunk)),
        50,
      );

      expect(texts.every((text) => text.length <= 50 && !text.includes("\r\n\r\n"))).toBe(true);
    }),
  );
});

const isEvent = (text: string): boolean => text.startsWith("Event: ");

/** What `events` tells, each cut where its own empty line is. */
const events = (chunks: readonly Buffer[], maxMessageBytes?: number): string[] => {
  const framer = createFramer(maxMessageBytes === undefined ? {} : { maxMessageBytes });
  const texts: string[] = [];
  for (const chunk of chunks) {
    framer.events(chunk, (text, start, end) => {
      const [message = ""] = text.slice(start, end).split("\r\n\r\n", 1);
      texts.push(message.replace(/\r\n$/, ""));
    });
  }
  return texts.filter(isEvent);
};

test("who asks for events alone gets the same ones, wherever the network cuts the bytes", () => {
  const part = fc.constantFrom(
    "Event: Hangup\r\nCause: 16\r\n\r\n",
    "Event: VarSet\r\nValue: Event: x\nEvent: y\r\n\r\n",
    `Event: Newexten\r\nAppData: ${"x".repeat(60)}\r\n\r\n`,
    "Response: Success\r\nActionID: 1\r\n\r\n",
    "three\r\n\r\n",
    "Elsewhere\r\n\r\n",
    "\r\n",
    "\r",
  );
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(400)), (parts, cuts) => {
      const whole = `${BANNER}${parts.join("")}`;
      const edges = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const chunks = edges.slice(1).map((to, i) => bytes(whole.slice(edges[i], to)));

      expect(events(chunks)).toEqual(frame(chunks).texts.filter(isEvent));
      expect(events(chunks, 50)).toEqual(frame(chunks, 50).texts.filter(isEvent));
    }),
    { numRuns: 1_000 },
  );
});
