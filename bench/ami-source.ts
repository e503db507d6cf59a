/** An exchange that says what it is told to: as much AMI as the daemon needs to log in, then texts. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export type AmiSource = {
  readonly port: number;
  /** To all that have logged in. Resolves when the daemon has taken it from the network. */
  say(text: string): Promise<void>;
  close(): void;
};

const CALL = join(import.meta.dirname, "../test/fixtures/traces/ast22/in-group-answered-by-one");
const stream = gunzipSync(readFileSync(join(CALL, "events.ami.gz"))).toString("latin1");

/** A recorded call from its first channel to its end. */
export const wholeCall = stream.slice(stream.indexOf("Event: Newchannel\r\n"));
/** The same, with the client talking. */
export const begunCall = wholeCall.slice(0, wholeCall.indexOf("Event: Hangup\r\n"));

/** The same call with uniqueids, channel names, bridges and a client of its own. */
export const callWithOwnIds = (text: string, index: number): string =>
  text
    .replace(/id: (\d{10})\./g, (_, seconds: string) => `id: ${Number(seconds) + index}.`)
    .replace(/BridgeUniqueid: ........-/g, `BridgeUniqueid: ${String(index).padStart(8, "0")}-`)
    .replace(/(Channel: \S+-)[0-9a-f]{4}/g, `$1${index.toString(16).padStart(4, "0")}`);

export async function openAmiSource(): Promise<AmiSource> {
  const listeners = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => undefined).on("close", () => listeners.delete(socket));
    socket.on("data", (data) => {
      for (const action of data.toString("latin1").split("\r\n\r\n")) {
        const name = /^Action: (\S+)/m.exec(action)?.[1];
        const id = /^ActionID: (\S+)/m.exec(action)?.[1];
        if (name === undefined || id === undefined) continue;
        const isKnown = ["Login", "Events", "Ping", "Logoff"].includes(name);
        const said = isKnown ? "Success" : "Error\r\nMessage: Not here";
        socket.write(`Response: ${said}\r\nActionID: ${id}\r\n\r\n`);
        if (name === "Logoff") socket.end(); // as Asterisk does
        if (name !== "Login") continue;
        socket.write("Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 1000\r\n\r\n");
        listeners.add(socket);
      }
    });
    socket.write("Asterisk Call Manager/5.0.4\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async say(text) {
      for (const socket of listeners) if (!socket.write(text)) await once(socket, "drain");
    },
    close() {
      for (const socket of listeners) socket.destroy();
      server.close();
    },
  };
}
