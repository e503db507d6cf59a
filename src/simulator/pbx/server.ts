/**
 * Starts a simulated Asterisk: a TCP server that speaks AMI, plays recorded calls and answers questions about them.
 * `startPbxSimulator` is what the demo, the command `simulate pbx` and the tests of other rooms use.
 */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { systemClock, type Clock } from "../../lib/clock.ts";
import { DEFAULT_USER, type AmiUser } from "./access.ts";
import {
  acceptConnection,
  type Connection,
  type ConnectionOptions,
  type LineFaults,
} from "./connection.ts";
import {
  createExchange,
  NOBODY,
  renderEvent,
  type AskedDial,
  type AsteriskVersion,
  type Exchange,
} from "./exchange.ts";
import { tellEnd } from "./actions/hangup.ts";
import { startPlay, type Play, type PlayOptions } from "./player.ts";
import { seededRandom } from "./rewrite.ts";
import { DEFAULT_ENDPOINTS, type Endpoint } from "./telephones.ts";
import type { Trace } from "./trace.ts";
import { fromWire } from "./wire.ts";

export type PbxSimulatorOptions = {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Default 127.0.0.1; a simulator has no business elsewhere. */
  readonly host?: string;
  readonly users?: readonly AmiUser[];
  readonly version?: AsteriskVersion;
  readonly endpoints?: readonly Endpoint[];
  /** Recordings of click-to-call for Originate, taken in turn; none: every Originate fails. */
  readonly clickTraces?: readonly Trace[];
  readonly clickSpeed?: number;
  /** Bridge ids and challenges depend on it alone. */
  readonly seed?: number;
  readonly clock?: Clock;
  readonly refusalDelayMs?: number;
  readonly authTimeoutMs?: number;
  readonly onClient?: ConnectionOptions["onClient"];
};

export type ConnectedClient = {
  /** undefined before the login. */
  readonly user: string | undefined;
  readonly remotePort: number | undefined;
};

export type LiveCalls = {
  readonly channels: readonly {
    readonly name: string;
    readonly uniqueid: string;
    readonly linkedid: string;
    readonly state: string;
    readonly callerNumber: string;
    readonly bridge: string | undefined;
  }[];
  readonly bridges: readonly { readonly id: string; readonly members: readonly string[] }[];
};

export type PbxFaults = {
  /** Cuts all connections now: politely, or with RST as a killed Asterisk. New ones are taken. */
  closeAll(how?: "end" | "reset"): void;
  /** New connections are accepted, and nothing is ever said on them. */
  blackHole(on: boolean): void;
  /** All connections stay open, and nothing more is sent on them (what would have been is lost). */
  silence(on: boolean): void;
  /** New connections are closed at once, as by an exchange that is away. */
  refuse(on: boolean): void;
  /** Everything is sent in pieces of so many bytes; undefined: as it comes. */
  chunkBytes(bytes: number | undefined): void;
  /** On each connection of now: half of the next event, then the end. */
  dropMidEvent(): void;
  /**
   * All plays end. Cleanly: Hangup of every channel and Shutdown are told first; else the line just breaks.
   * After `awayMs` (default 0) connections are taken again, by an exchange that remembers nothing.
   */
  restart(options?: { readonly clean?: boolean; readonly awayMs?: number }): Promise<void>;
};

export type PbxSimulator = {
  readonly host: string;
  readonly port: number;
  play(trace: Trace, options?: PlayOptions): Play;
  clients(): readonly ConnectedClient[];
  live(): LiveCalls;
  /** Every Originate that somebody with the right for it has sent. */
  originates(): readonly AskedDial[];
  readonly faults: PbxFaults;
  /** Ends plays, connections and the server. */
  stop(): Promise<void>;
};

/** @throws the system's error where the port is taken (`EADDRINUSE`) or not allowed */
export async function startPbxSimulator(options: PbxSimulatorOptions = {}): Promise<PbxSimulator> {
  const { clock = systemClock, host = "127.0.0.1", refusalDelayMs = 1000 } = options;
  const exchange = createExchange({
    clock,
    version: options.version ?? "22",
    users: options.users ?? [DEFAULT_USER],
    endpoints: options.endpoints ?? DEFAULT_ENDPOINTS,
    random: seededRandom(options.seed ?? 1),
    clickTraces: options.clickTraces ?? [],
    clickSpeed: options.clickSpeed ?? 1,
  });
  const faults: LineFaults = { silent: false, chunkBytes: undefined };
  const sockets = new Map<Socket, Connection | undefined>();
  let isBlackHole = false;

  const server = createServer({ allowHalfOpen: false }, (socket) => {
    if (exchange.unreachable > 0) return void socket.destroy();
    sockets.set(socket, undefined);
    socket.on("close", () => sockets.delete(socket));
    if (isBlackHole) socket.on("error", () => undefined).resume();
    else {
      const { authTimeoutMs = 30_000 } = options;
      const { onClient } = options;
      const place = { exchange, faults, refusalDelayMs, authTimeoutMs, onClient };
      sockets.set(socket, acceptConnection(socket, place));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, () => {
      server.off("error", reject);
      resolve();
    });
  });

  function closeAll(how: "end" | "reset" = "end"): void {
    for (const [socket, connection] of sockets)
      if (connection) connection.disconnect(how);
      else if (how === "end") socket.destroy();
      else socket.resetAndDestroy();
  }

  async function stopPlays(): Promise<void> {
    const plays = [...exchange.plays.values()];
    for (const play of plays) play.stop();
    await Promise.all(plays.map((play) => play.finished));
  }

  async function restart({ clean = true, awayMs = 0 } = {}): Promise<void> {
    exchange.unreachable += 1;
    const ended = stopPlays();
    if (clean) tellShutdown(exchange);
    closeAll(clean ? "end" : "reset");
    await ended;
    await clock.sleep(awayMs);
    exchange.reboot();
    exchange.unreachable -= 1;
  }

  return {
    host,
    port: (server.address() as AddressInfo).port,
    play: (trace, playOptions) => startPlay(exchange, trace, playOptions),
    clients: () =>
      [...sockets].map(([socket, connection]) => ({
        user: connection?.user(),
        remotePort: socket.remotePort,
      })),
    live: () => liveCalls(exchange),
    originates: () => [...exchange.clicks.asked],
    faults: {
      closeAll,
      restart,
      blackHole: (on) => void (isBlackHole = on),
      silence: (on) => void (faults.silent = on),
      refuse: (on) => void (exchange.unreachable += on ? 1 : -1),
      chunkBytes: (bytes) => void (faults.chunkBytes = bytes),
      dropMidEvent: () => sockets.values().forEach((connection) => connection?.dropMidEvent()),
    },
    async stop() {
      await stopPlays();
      const isClosed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets.keys()) socket.destroy();
      await isClosed;
    },
  };
}

/** @source asterisk (d) 14: normal Hangup events with cause 16, then Shutdown */
function tellShutdown(exchange: Exchange): void {
  const calls = Map.groupBy(
    exchange.calls.channels.values(),
    (channel) => channel.snapshot.get("Linkedid") ?? "",
  );
  for (const channels of calls.values()) tellEnd(exchange, channels, "16");
  const fields = [
    ["Shutdown", "Cleanly"],
    ["Restart", "True"],
  ] as const;
  exchange.tell(renderEvent("Shutdown", "system", fields), NOBODY);
  exchange.flush();
}

function liveCalls(exchange: Exchange): LiveCalls {
  return {
    channels: [...exchange.calls.channels.values()].map(({ uniqueid, snapshot, bridge }) => ({
      name: fromWire(snapshot.get("Channel") ?? ""),
      uniqueid,
      linkedid: snapshot.get("Linkedid") ?? "",
      state: snapshot.get("ChannelStateDesc") ?? "",
      callerNumber: fromWire(snapshot.get("CallerIDNum") ?? ""),
      bridge,
    })),
    bridges: [...exchange.calls.bridges].map(([id, bridge]) => ({
      id,
      members: [...bridge.members],
    })),
  };
}
