/** A tiny manager interface on loopback that says what a test wants it to say. */
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

export type Received = Readonly<Record<string, string>>;
/** Writes a message: the lines are joined, the final empty line is added. */
export type Say = (...lines: string[]) => void;
type Answer = (action: Received, say: Say, socket: Socket) => void;

export type Exchange = {
  readonly port: number;
  /** Every action of every connection, in order. */
  readonly actions: Received[];
  readonly sockets: Socket[];
  /** Says something to all who are connected. */
  readonly say: Say;
  readonly close: () => Promise<void>;
};

export type Script = {
  readonly banner?: string;
  readonly secret?: string;
  /** Instead of, or besides, what a real exchange would answer. */
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly onConnection?: (socket: Socket, nth: number) => void;
  readonly tls?: { readonly key: string; readonly cert: string };
};

export const FULLY_BOOTED = ["Event: FullyBooted", "Privilege: system,all", "Uptime: 22"];
const LISTS = ["CoreShowChannels", "Status", "BridgeList", "BridgeInfo", "QueueStatus"];
const CHALLENGE = "708913847";

export const sayList = (id: string, say: Say, items: readonly (readonly string[])[]): void => {
  say("Response: Success", `ActionID: ${id}`, "EventList: start", "Message: List will follow");
  for (const [name, ...rest] of items) say(name ?? "", `ActionID: ${id}`, ...rest);
  say("Event: Done", `ActionID: ${id}`, "EventList: Complete", `ListItems: ${items.length}`);
};

export async function startExchange(script: Script = {}): Promise<Exchange> {
  const { banner = "Asterisk Call Manager/11.0.0\r\n", secret = "s3cret" } = script;
  const actions: Received[] = [];
  const sockets: Socket[] = [];
  const sayTo =
    (socket: Socket): Say =>
    (...lines) =>
      void socket.write(`${lines.join("\r\n")}\r\n\r\n`);

  const answer: Answer = (action, say, socket) => {
    const { Action: name = "", ActionID: id = "" } = action;
    const succeed = (...lines: string[]): void =>
      say("Response: Success", `ActionID: ${id}`, ...lines);
    const scripted = script.answers?.[name];
    if (scripted) return scripted(action, say, socket);
    if (name === "Challenge") return succeed(`Challenge: ${CHALLENGE}`);
    if (name === "Login") {
      const key = createHash("md5").update(`${CHALLENGE}${secret}`).digest("hex");
      if (action["Secret"] === secret || action["Key"] === key) {
        succeed("Message: Authentication accepted");
        return say(...FULLY_BOOTED);
      }
      say("Response: Error", `ActionID: ${id}`, "Message: Authentication failed");
      return void socket.end();
    }
    if (LISTS.includes(name)) return sayList(id, say, []);
    if (name === "Logoff") {
      say("Response: Goodbye", `ActionID: ${id}`, "Message: Thanks for all the fish.");
      return void socket.end();
    }
    if (name === "Events") return succeed("Events: On");
    if (name === "Ping") return succeed("Ping: Pong");
    succeed();
  };

  const serve = (socket: Socket): void => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    if (banner !== "") socket.write(banner);
    script.onConnection?.(socket, sockets.length);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
      const whole = text.split("\r\n\r\n");
      text = whole.pop() ?? "";
      for (const message of whole) {
        const action = Object.fromEntries(
          message.split("\r\n").map((line) => line.split(/: (.*)/s).slice(0, 2)),
        ) as Received;
        actions.push(action);
        answer(action, sayTo(socket), socket);
      }
    });
  };
  const server: Server = script.tls ? createTlsServer(script.tls, serve) : createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    actions,
    sockets,
    say: (...lines) =>
      sockets.filter((socket) => socket.writable).forEach((s) => sayTo(s)(...lines)),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
