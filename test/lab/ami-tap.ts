// A connection to AMI with no cleverness: keeps every byte with its time of arrival (as a trace
// folder holds them), sends actions, waits for texts. The product's own room `ami` is not used:
// the lab must not share its mistakes.
import { connect } from "node:net";
import type { Socket } from "node:net";

export type AmiLogin = {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly secret: string;
};

/** One read of the socket. */
export type Chunk = { readonly at: number; readonly bytes: Buffer };

const PATIENCE_MS = 15_000;
const RETRY_MS = 100;

export class AmiTap {
  readonly chunks: Chunk[] = [];
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #text = "";
  #actions = 0;
  readonly #checks = new Set<() => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined); // a killed exchange: `closed` tells
    this.#closed = new Promise((resolve) => socket.once("close", () => resolve()));
    void this.#closed.then(() => this.#check());
    socket.on("data", (bytes: Buffer) => {
      this.chunks.push({ at: Date.now(), bytes });
      this.#text += bytes.toString("latin1");
      this.#check();
    });
  }

  /** Tries until the exchange is up and lets the user in. */
  static async open(login: AmiLogin, patienceMs = PATIENCE_MS): Promise<AmiTap> {
    const end = Date.now() + patienceMs;
    const { username: Username, secret: Secret } = login;
    for (;;) {
      const tap = new AmiTap(connect(login.port, login.host));
      try {
        // An exchange that is just going down accepts, and says nothing more.
        const answer = await tap.send("Login", { Username, Secret });
        if (answer.includes("Response: Success")) return tap;
      } catch {
        // not up yet
      }
      await tap.close();
      if (Date.now() > end) throw new Error(`Asterisk's AMI does not let ${Username} in`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Sends an action and waits for its response, as text. */
  async send(action: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
    this.#actions += 1;
    const id = `lab-${this.#actions}`;
    const lines = Object.entries({ Action: action, ActionID: id, ...fields });
    this.#socket.write(`${lines.map(([key, value]) => `${key}: ${value}\r\n`).join("")}\r\n`);
    return await this.messageWith(`ActionID: ${id}\r\n`);
  }

  /** The first message, past or to come, that holds this text. */
  async messageWith(text: string): Promise<string> {
    return await new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#checks.delete(check);
      };
      const fail = (why: string): void => {
        end();
        reject(new Error(`AMI never said ${JSON.stringify(text)}: ${why}`));
      };
      const timer = setTimeout(() => fail("time is over"), PATIENCE_MS);
      const check = (): void => {
        const found = this.#text
          .split("\r\n\r\n")
          .slice(0, -1) // the last one has not come to its end
          .find((message) => `${message}\r\n`.includes(text));
        if (found !== undefined) {
          end();
          resolve(found);
        } else if (this.#socket.destroyed) fail("the connection is closed");
      };
      this.#checks.add(check);
      check();
    });
  }

  /** All that was received so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks.map((chunk) => chunk.bytes));
  }

  #check(): void {
    for (const check of [...this.#checks]) check();
  }

  async closed(): Promise<void> {
    await this.#closed;
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }
}
