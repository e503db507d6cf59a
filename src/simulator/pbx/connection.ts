/** One connection of a client: banner, login, its actions in order, and the events that it may and wants to see. */
import type { Socket } from "node:net";
import { checkLogin, holdsAny, parseEventMask, type AmiUser } from "./access.ts";
import { ASTERISK, findAction, mayRun } from "./actions/action-table.ts";
import type { Request } from "./actions/request.ts";
import { NOBODY, renderEvent, type Exchange, type Listener } from "./exchange.ts";
import { securityEvent, type SecurityEvent, type SessionPlace } from "./security.ts";
import {
  createActionReader,
  renderMessage,
  toWire,
  valueOf,
  type Action,
  type Field,
  type Incoming,
} from "./wire.ts";

/** What is wrong with the line, by wish of a test. One object for all connections. */
export type LineFaults = {
  /** Nothing is sent any more, and nothing that comes is answered. */
  silent: boolean;
  /** Everything is sent in pieces of so many bytes. */
  chunkBytes: number | undefined;
};

export type ConnectionOptions = {
  readonly exchange: Exchange;
  readonly faults: LineFaults;
  /** Asterisk lets a wrong login wait for a second. */
  readonly refusalDelayMs: number;
  /** `authtimeout`: a connection that has not logged in by then is closed. */
  readonly authTimeoutMs: number;
  /** Told of each client: "Login", the name of each further action once it is answered, and "end". */
  readonly onClient?: ((moment: string, connection: Connection) => void) | undefined;
};

export type Connection = Listener & {
  /** The name of the user, once logged in. */
  user(): string | undefined;
  /** Half of the next event is sent, and the connection is cut. */
  dropMidEvent(): void;
};

/** A client that reads nothing for so long is dropped, as a real exchange drops it after `writetimeout`. */
const MOST_BACKLOG_BYTES = 64 << 20;

export function acceptConnection(socket: Socket, options: ConnectionOptions): Connection {
  const { exchange, faults } = options;
  const closed = new AbortController();
  const reader = createActionReader();
  const queued: string[] = [];
  let user: AmiUser | undefined;
  let mask: readonly string[] = ["all"];
  let challenge: string | undefined;
  let dropsNext = false;
  let work = Promise.resolve();
  const place: SessionPlace = {
    id: `0x7f00${(socket.remotePort ?? 0).toString(16).padStart(8, "0")}`,
    local: `IPV4/TCP/${socket.localAddress}/${socket.localPort}`,
    remote: `IPV4/TCP/${socket.remoteAddress}/${socket.remotePort}`,
    since: new Date(exchange.clock.now()),
  };

  const connection: Connection = {
    user: () => user && user.name,
    wants: (classes) =>
      user !== undefined &&
      mask.length > 0 &&
      holdsAny(user.read, classes) &&
      holdsAny(mask, classes),
    queue(text) {
      if (!closed.signal.aborted) queued.push(text);
    },
    flush,
    backlogBytes: () => (closed.signal.aborted ? 0 : socket.writableLength),
    disconnect(how) {
      if (how === "reset") return void socket.resetAndDestroy();
      flush();
      socket.destroySoon();
    },
    dropMidEvent() {
      dropsNext = true;
    },
  };

  function flush(): void {
    if (queued.length === 0) return;
    const text = dropsNext ? cutMidEvent() : queued.join("");
    queued.length = 0;
    if (faults.silent || !socket.writable) return;
    const step = faults.chunkBytes ?? text.length;
    for (let at = 0; at < text.length; at += step)
      socket.write(text.slice(at, at + step), "latin1");
    if (dropsNext) socket.destroySoon();
    else if (socket.writableLength > MOST_BACKLOG_BYTES) socket.resetAndDestroy();
  }

  function cutMidEvent(): string {
    const last = queued.pop() ?? "";
    return queued.join("") + last.slice(0, Math.ceil(last.length / 2));
  }

  function respond(response: string, action: Action, fields: readonly Field[]): void {
    const id = valueOf(action, "ActionID");
    const actionId: readonly Field[] = id === "" ? [] : [["ActionID", id]];
    connection.queue(renderMessage([["Response", response], ...actionId, ...fields]));
  }

  const refuse = (action: Action, message: string): void =>
    respond("Error", action, [["Message", message]]);

  const tellSecurity = (event: SecurityEvent): void =>
    exchange.tell(securityEvent(event, place, new Date(exchange.clock.now())), NOBODY);

  const account = (): string => (user ? toWire(user.name) : "");

  async function answer(incoming: Incoming): Promise<void> {
    if (closed.signal.aborted || faults.silent) return;
    if (incoming.kind === "unreadable") {
      connection.queue(
        renderMessage([
          ["Response", "Error"],
          ["Message", incoming.message],
        ]),
      );
      if (incoming.message.startsWith("Missing"))
        tellSecurity({ kind: "RequestBadFormat", account: account(), request: "NONE" });
    } else await obey(incoming.action);
    exchange.flush();
    flush();
  }

  async function obey(action: Action): Promise<void> {
    const name = valueOf(action, "Action");
    switch (name.toLowerCase()) {
      case "login":
        return await logIn(action);
      case "challenge":
        return giveChallenge(action);
      case "logoff":
        respond("Goodbye", action, [["Message", "Thanks for all the fish."]]);
        return connection.disconnect("end");
    }
    if (!user) return forbid(action);
    if (name.toLowerCase() === "events") return setMask(action);
    const definition = findAction(name);
    if (!definition) {
      const hint = "Use Action: ListCommands to show available commands.";
      refuse(action, `Invalid/unknown command: ${name}. ${hint}`);
      return tellSecurity({ kind: "RequestBadFormat", account: account(), request: name });
    }
    if (!mayRun(definition, user.write)) return forbid(action);
    const request: Request = {
      action,
      exchange,
      write: user.write,
      succeed: (fields) => respond("Success", action, fields),
      refuse: (message) => refuse(action, message),
      send: (messages) => connection.queue(messages),
    };
    await definition.run(request);
    options.onClient?.(definition.name, connection);
  }

  function forbid(action: Action): void {
    refuse(action, "Permission denied");
    const request = valueOf(action, "Action");
    tellSecurity({ kind: "RequestNotAllowed", account: account(), request });
  }

  async function logIn(action: Action): Promise<void> {
    if (user) return respond("Success", action, [["Message", "Already logged in"]]);
    const outcome = checkLogin(action, exchange.users, challenge);
    if (outcome.kind !== "accepted") {
      const kind = outcome.kind === "unknown-user" ? "InvalidAccountID" : "InvalidPassword";
      tellSecurity({ kind, account: outcome.name });
      exchange.flush();
      await exchange.clock.sleep(options.refusalDelayMs, closed.signal);
      refuse(action, "Authentication failed");
      return connection.disconnect("end");
    }
    const asked = valueOf(action, "Events");
    user = outcome.user;
    mask = asked === "" ? ["all"] : parseEventMask(asked);
    respond("Success", action, [["Message", "Authentication accepted"]]);
    const uptime = String(Math.floor((exchange.clock.now() - exchange.bootedAtMs) / 1000));
    if (connection.wants(["system"]))
      connection.queue(
        renderEvent("FullyBooted", "system", [
          ["Uptime", uptime],
          ["LastReload", uptime],
          ["Status", "Fully Booted"],
        ]),
      );
    exchange.listeners.add(connection);
    tellSecurity({ kind: "SuccessfulAuth", account: account() });
    options.onClient?.("Login", connection);
  }

  function giveChallenge(action: Action): void {
    if (valueOf(action, "AuthType").toLowerCase() !== "md5")
      return refuse(action, "Must specify AuthType");
    challenge ??= String(Math.floor(exchange.random() * 1e9));
    respond("Success", action, [["Challenge", challenge]]);
  }

  function setMask(action: Action): void {
    mask = parseEventMask(valueOf(action, "EventMask"));
    respond("Success", action, [["Events", mask.length === 0 ? "Off" : "On"]]);
  }

  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed.abort();
    exchange.listeners.delete(connection);
    if (user) options.onClient?.("end", connection);
  });
  socket.on("data", (bytes) => {
    for (const incoming of reader.read(bytes.toString("latin1")))
      work = work.then(() => answer(incoming));
  });
  connection.queue(`Asterisk Call Manager/${ASTERISK[exchange.version].ami}\r\n`);
  flush();
  void exchange.clock.sleep(options.authTimeoutMs, closed.signal).then(() => {
    if (!user) socket.destroy();
  });
  return connection;
}
