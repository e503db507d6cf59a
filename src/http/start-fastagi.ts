/**
 * The FastAGI listener: `AGI(agi://127.0.0.1:4573/responsible)` in a dialplan asks who should get the
 * caller, and has the answer in channel variables. A port that is taken is an error in the log and
 * tried again; nobody else waits for it.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../lib/clock.ts";
import { codeOf, toError } from "../lib/failure.ts";
import type { Logger } from "../lib/log.ts";
import { tellNoMoreFiles } from "../lib/no-more-files.ts";
import {
  agiAnswerCode,
  createAgiReader,
  parseAgiRequest,
  setVariable,
  type AgiRequest,
} from "./agi-request.ts";

/** @returns channel variables to set; undefined: there is no such script */
export type AgiHandler = (
  request: AgiRequest,
  /** Where Asterisk asks from. */
  address: string,
) => Promise<ReadonlyMap<string, string> | undefined>;

export type FastAgiDeps = {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly handle: AgiHandler;
  readonly clock: Clock;
  readonly log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  readonly limits?: Partial<FastAgiLimits>;
};

export type FastAgiLimits = {
  /** From the connection to the end of Asterisk's lines, which come in one piece. */
  readonly requestMs: number;
  /** For the whole session: a channel that is gone must not keep it. */
  readonly sessionMs: number;
  readonly connections: number;
  readonly retryMs: number;
};

const LIMITS: FastAgiLimits = {
  requestMs: 2_000,
  sessionMs: 15_000,
  connections: 500,
  retryMs: 30_000,
};

export type FastAgi = {
  /** undefined while it does not listen. */
  port(): number | undefined;
  /** Resolves when no connection is left. */
  stop(): Promise<void>;
};

/** Resolves when the port was tried once. */
export async function startFastAgi(deps: FastAgiDeps): Promise<FastAgi> {
  const { host, port, clock, log } = deps;
  const limits = { ...LIMITS, ...deps.limits };
  const stopping = new AbortController();
  const open = new Set<Socket>();
  let server: Server | undefined;
  let later: Promise<void> = Promise.resolve();

  async function listen(isFirst: boolean): Promise<void> {
    const made = createServer((socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      serve(socket, { handle: deps.handle, log, limits });
    });
    made.maxConnections = limits.connections;
    const failure = await new Promise<unknown>((resolve) => {
      made.once("error", resolve);
      made.listen({ host, port }, () => resolve(undefined));
    });
    if (failure === undefined) {
      made.removeAllListeners("error");
      made.on("error", (error) => log.warn({ code: codeOf(error) }, "fastagi cannot accept"));
      server = made;
      log.info({ listener: "fastagi", host, port: portOf(made) }, "fastagi listener open");
      return;
    }
    const hint = tellNoMoreFiles(toError(failure))?.hint ?? HINT;
    const fields = { listener: "fastagi", host, port, code: codeOf(failure), hint };
    if (isFirst) log.error(fields, "fastagi listener not open, it is tried again");
    later = listenLater();
  }

  async function listenLater(): Promise<void> {
    await clock.sleep(limits.retryMs, stopping.signal);
    if (!stopping.signal.aborted) await listen(false);
  }

  await listen(true);
  return {
    port: () => server && portOf(server),
    async stop() {
      stopping.abort();
      await later;
      const closing = server;
      if (closing === undefined) return;
      const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

const HINT = "another program listens there: end it, or choose another fastagi.port";

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

type Serving = Pick<FastAgiDeps, "handle" | "log"> & { readonly limits: FastAgiLimits };

/** Whatever goes wrong ends the session, and the dialplan goes on at its next line. */
function serve(socket: Socket, { handle, log, limits }: Serving): void {
  const reader = createAgiReader();
  const head: string[] = [];
  let commands: readonly string[] | undefined;
  let isAsked = false;
  const refuse = (reason: string): void => {
    log.warn({ reason }, "fastagi session refused");
    socket.destroy();
  };
  const requestTimer = setTimeout(
    () => refuse("the request did not end in time"),
    limits.requestMs,
  );
  const sessionTimer = setTimeout(() => socket.destroy(), limits.sessionMs);
  socket.once("close", () => {
    clearTimeout(requestTimer);
    clearTimeout(sessionTimer);
  });
  socket.on("error", () => undefined); // "close" follows
  socket.setNoDelay(true);

  async function answer(request: AgiRequest): Promise<void> {
    const variables = await handle(request, (socket.remoteAddress ?? "").replace(/^::ffff:/, ""));
    if (variables === undefined) return refuse("there is no such script");
    commands = [...variables].map(([name, value]) => setVariable(name, value));
    next();
  }

  function next(): void {
    const [command, ...rest] = commands ?? [];
    commands = rest;
    if (command === undefined) socket.end();
    else socket.write(command);
  }

  function take(line: string): void {
    if (isAsked) {
      // Else "HANGUP": the channel is gone, and so is whoever asked.
      const code = agiAnswerCode(line);
      if (code === undefined ? line.startsWith("HANGUP") : code !== 200) socket.end();
      else if (code === 200 && commands !== undefined) next();
      return;
    }
    if (line !== "") {
      if (line.startsWith("agi_")) return void head.push(line);
      return refuse("it is not Asterisk that speaks");
    }
    isAsked = true;
    clearTimeout(requestTimer);
    const request = parseAgiRequest(head);
    if (request === undefined) return refuse("it is not Asterisk that speaks");
    answer(request).catch((thrown: unknown) => {
      log.error({ err: thrown }, "fastagi session failed");
      socket.destroy();
    });
  }

  socket.on("data", (chunk) => {
    const lines = reader.push(chunk);
    if (lines === "too-much") return refuse("the request is too long");
    for (const line of lines) if (!socket.destroyed) take(line);
  });
}
