// A bare TCP client: what goes over the wire, byte by byte, without any understanding of AMI.
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { DEFAULT_USER } from "../../../src/simulator/pbx/access.ts";
import { readTrace, type Trace } from "../../../src/simulator/pbx/trace.ts";

export type RawClient = {
  send(text: string): void;
  /** All that came so far. */
  text(): string;
  /** Resolves with all that came so far, once it holds `part`; rejects when the connection ends without it. */
  until(part: string): Promise<string>;
  /** Resolves with all that came, when the other side has closed. */
  ended(): Promise<string>;
  close(): void;
};

export async function openClient(port: number): Promise<RawClient> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let received = "";
  let isClosed = false;
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((look) => look());
  socket.on("data", (bytes) => {
    received += bytes.toString("latin1");
    wake();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isClosed = true;
    wake();
  });
  const when = (isDone: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (isDone()) resolve(received);
        else if (isClosed) reject(new Error(`the connection ended; it said:\n${received}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  return {
    send: (text) => void socket.write(text.replaceAll("\n", "\r\n"), "utf8"),
    text: () => received,
    until: (part) => when(() => received.includes(part.replaceAll("\n", "\r\n"))),
    ended: () => when(() => isClosed),
    close: () => void socket.destroy(),
  };
}

export const LOGIN = `Action: Login\nUsername: ${DEFAULT_USER.name}\nSecret: ${DEFAULT_USER.secret}\nActionID: in\n\n`;

/** A client that is logged in, and has heard all that follows the login. */
export async function openLoggedIn(port: number, login = LOGIN): Promise<RawClient> {
  const client = await openClient(port);
  client.send(`${login}Action: Ping\nActionID: ready\n\n`);
  await client.until("ActionID: ready\n");
  return client;
}

/** The messages of a stream, each as its lines; the banner is left out. */
export const messagesOf = (stream: string): string[] =>
  stream
    .replace(/^Asterisk Call Manager[^\r]*\r\n/, "")
    .split("\r\n\r\n")
    .map((message) => message.trim())
    .filter((message) => message !== "");

export const fieldsOf = (message: string): Record<string, string> =>
  Object.fromEntries(
    message.split("\r\n").map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
  );

export const eventsNamed = (stream: string, name: string): Record<string, string>[] =>
  messagesOf(stream)
    .filter((message) => message.startsWith(`Event: ${name}\r\n`))
    .map(fieldsOf);

const fixtures = join(import.meta.dirname, "../../fixtures/traces");

export const fixturePath = (name: string): string => join(fixtures, "ast22", name);

export async function fixture(name: string): Promise<Trace> {
  const trace = await readTrace(fixturePath(name));
  if (!trace.ok) throw new Error(trace.failure.hint);
  return trace.value;
}

export const liveText = (trace: Trace): string =>
  trace.parts
    .flatMap((part) => part.messages)
    .filter((message) => message.live)
    .map((message) => message.text)
    .join("");
