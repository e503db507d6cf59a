/**
 * Stands between the daemon and a simulator, and spoils the line as a network does. Exports
 * `startTcpProxy`.
 */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/**
 * swallow: connections stand, and nothing comes through any more (half-open, black hole).
 * deafen: requests come through, answers do not. refuse: new connections are reset.
 */
export type LineState = "pass" | "swallow" | "deafen" | "refuse";

export type TcpProxy = {
  readonly port: number;
  become(state: LineState): void;
  /** Everything goes through in writes of so many bytes; undefined: as it comes. */
  chunkBytes(bytes: number | undefined): void;
  /** Connections from which something was swallowed are of no use any more: RST. */
  resetSpoilt(): void;
  resetAll(): void;
  close(): Promise<void>;
};

type Pair = {
  readonly near: Socket;
  readonly far: Socket;
  isSpoilt: boolean;
  /** What may be the beginning of what is watched for. */
  said: string;
};

/** Told each time that the other side has said `until`, and it was passed on. */
export type Watch = { readonly until: string; readonly onCarried: () => void };

export async function startTcpProxy(toPort: number, watch?: Watch): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let state: LineState = "pass";
  let chunk: number | undefined;

  const server = createServer({ allowHalfOpen: false }, (near) => {
    if (state === "refuse") return void near.resetAndDestroy();
    const far = connect(toPort, "127.0.0.1");
    const pair: Pair = { near, far, isSpoilt: false, said: "" };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.setNoDelay(true).on("error", end);
    near.on("close", end);
    far.on("close", () => {
      // A spoilt line does not even show that the other side left.
      if (!pair.isSpoilt) end();
    });
    near.on("data", (data) => carry(pair, far, data));
    far.on("data", (data) => {
      carry(pair, near, data);
      if (watch !== undefined && !pair.isSpoilt) hear(pair, data, watch);
    });
  });

  function carry(pair: Pair, to: Socket, data: Buffer): void {
    if (state === "swallow" || (state === "deafen" && to === pair.near)) pair.isSpoilt = true;
    if (pair.isSpoilt && (state !== "deafen" || to === pair.near)) return;
    if (chunk === undefined) return void to.write(data);
    for (let at = 0; at < data.length; at += chunk) to.write(data.subarray(at, at + chunk));
  }

  function hear(pair: Pair, data: Buffer, { until, onCarried }: Watch): void {
    const text = pair.said + data.toString("latin1");
    const at = text.lastIndexOf(until);
    pair.said = text.slice(at < 0 ? -until.length : at + until.length);
    if (at >= 0) onCarried();
  }

  const reset = (which: (pair: Pair) => boolean): void => {
    for (const pair of [...pairs].filter(which)) {
      pair.near.resetAndDestroy();
      pair.far.destroy();
    }
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    become: (next) => void (state = next),
    chunkBytes: (bytes) => void (chunk = bytes),
    resetSpoilt: () => reset(({ isSpoilt }) => isSpoilt),
    resetAll: () => reset(() => true),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      reset(() => true);
      await closed;
    },
  };
}
