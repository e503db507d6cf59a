// A way to PostgreSQL that a test can cut at the worst moment, or lead to another server.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export type CutProxy = {
  readonly port: number;
  /** Where new connections lead to from now on. */
  leadTo(port: number): void;
  /**
   * Each is used up by one commit: it never arrives, or it arrives and its answer does not, or it is still
   * on its way when the connection is given up, with all that was sent together with it.
   */
  cutNextCommits(how: "before" | "after" | "late", times: number): void;
  /** What was on its way arrives. Resolves when the server is through with it. */
  deliverLate(): Promise<void>;
  /** Ends all connections of now; both sides hear of it. */
  cut(): void;
  /** Connections of now stay open, and nothing more goes over them. */
  silence(): void;
  close(): Promise<void>;
};

/** A query message of the protocol: "Q", its length, the text, a zero. */
const COMMIT = Buffer.from("Q\0\0\0\x0bCOMMIT\0", "latin1");

export async function startCutProxy(target: number): Promise<CutProxy> {
  const open = new Set<Socket>();
  const cuts: ("before" | "after" | "late")[] = [];
  const late: (() => Promise<unknown>)[] = [];
  let to = target;
  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    let isCut = false;
    let isLate = false;
    const end = (): void => {
      client.destroy();
      if (!isLate) upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        open.delete(socket);
        end();
      });
    }
    client.on("data", (chunk) => {
      const how = chunk.includes(COMMIT) ? cuts.shift() : undefined;
      if (how === "before") return end();
      if (how === "late") {
        isLate = true;
        const closed = once(upstream, "close");
        late.push(() => {
          upstream.end(chunk);
          return closed;
        });
        return end();
      }
      isCut ||= how === "after";
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (isCut) end();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port) => void (to = port),
    cutNextCommits: (how, times) => void cuts.push(...Array.from({ length: times }, () => how)),
    cut: () => open.forEach((socket) => socket.destroy()),
    deliverLate: async () => void (await Promise.all(late.splice(0).map((deliver) => deliver()))),
    silence: () => open.forEach((socket) => socket.removeAllListeners("data").pause()),
    async close() {
      open.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
