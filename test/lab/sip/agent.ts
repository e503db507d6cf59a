// A SIP endpoint on a UDP port of loopback: sends requests and hands back their final answers,
// answers repeated requests as before, and gives each new request to its owner.
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { formatSip, header, parameter, parseSip, reply } from "./message.ts";
import type { SipHeader, SipMessage, SipRequest, SipResponse } from "./message.ts";

export type SipAddress = { readonly host: string; readonly port: number };

/** Sends an answer to a request; the last one is repeated whenever the request is. */
export type Answer = (answer: {
  status: number;
  reason: string;
  toTag?: string;
  headers?: readonly SipHeader[];
  body?: string;
}) => void;

export type RequestHandler = (request: SipRequest, answer: Answer) => void;

export type Outgoing = {
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly SipHeader[];
  readonly body?: string;
  /** Of an INVITE: the CANCEL must name the same branch. */
  readonly branch?: string;
  readonly onProvisional?: (response: SipResponse) => void;
};

type Transaction = {
  readonly sent: SipRequest;
  readonly onResponse: (response: SipResponse) => void;
  /** Nothing more will come. */
  readonly fail: (why: string) => void;
};

const REPEAT_MS = 500; // T1 of RFC 3261: a datagram lost in a full socket buffer is sent again
const GIVE_UP_MS = 8_000; // a silent exchange: the scenario fails instead of hanging

export const newToken = (): string => randomBytes(6).toString("hex");
export const newBranch = (): string => `z9hG4bK${newToken()}`;

export class SipAgent {
  readonly #socket: Socket = createSocket("udp4");
  readonly #transactions = new Map<string, Transaction>();
  readonly #answered = new Map<string, string>();
  readonly #host: string;
  readonly #exchange: () => SipAddress;
  readonly #onRequest: RequestHandler;

  constructor(deps: { host: string; exchange: () => SipAddress; onRequest: RequestHandler }) {
    this.#host = deps.host;
    this.#exchange = deps.exchange;
    this.#onRequest = deps.onRequest;
  }

  async start(): Promise<void> {
    this.#socket.on("message", (bytes) => this.#receive(bytes.toString("utf8")));
    await new Promise<void>((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.bind(0, this.#host, resolve);
    });
  }

  async stop(): Promise<void> {
    for (const { fail } of [...this.#transactions.values()]) fail("the telephone is switched off");
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  get address(): SipAddress {
    return { host: this.#host, port: this.#socket.address().port };
  }

  get exchange(): SipAddress {
    return this.#exchange();
  }

  /** Sends a request and waits for its final answer. ACK of a refused INVITE is sent from here. */
  async request(outgoing: Outgoing): Promise<SipResponse> {
    const branch = outgoing.branch ?? newBranch();
    const sent = this.#build(outgoing, branch);
    const key = `${branch} ${outgoing.method}`;
    const text = formatSip(sent);
    let heard = false;

    return await new Promise<SipResponse>((resolve, reject) => {
      const end = (): void => {
        clearInterval(repeat);
        clearTimeout(giveUp);
      };
      const fail = (why: string): void => {
        end();
        this.#transactions.delete(key);
        reject(new Error(`${outgoing.method} ${outgoing.uri}: ${why}`));
      };
      const repeat = setInterval(() => {
        if (!heard) this.#send(text);
      }, REPEAT_MS);
      const giveUp = setTimeout(() => {
        if (!heard) fail("the exchange does not answer");
      }, GIVE_UP_MS);
      const onResponse = (response: SipResponse): void => {
        heard = true;
        if (response.status < 200) return outgoing.onProvisional?.(response);
        end();
        resolve(response);
      };
      this.#transactions.set(key, { sent, onResponse, fail });
      this.#send(text);
    });
  }

  /** ACK of a 2xx: a message of its own that gets no answer. */
  acknowledge(outgoing: Outgoing): void {
    this.#send(formatSip(this.#build(outgoing, newBranch())));
  }

  #build(outgoing: Outgoing, branch: string): SipRequest {
    const { host, port } = this.address;
    const headers: SipHeader[] = [
      ["Via", `SIP/2.0/UDP ${host}:${port};branch=${branch};rport`],
      ["Max-Forwards", "70"],
      ...outgoing.headers,
    ];
    const { method, uri, body = "" } = outgoing;
    return { kind: "request", method, uri, headers, body };
  }

  #send(text: string): void {
    const { host, port } = this.#exchange();
    this.#socket.send(text, port, host);
  }

  #receive(text: string): void {
    // A keep-alive; or sound for a telephone that had this port before.
    if (!/^[A-Z]/.test(text)) return;
    const message: SipMessage = parseSip(text);
    const branch = parameter(header(message, "Via"), "branch");
    if (message.kind === "response") return this.#receiveResponse(message, branch);

    const key = `${branch} ${message.method}`;
    const earlier = this.#answered.get(key);
    if (earlier !== undefined) {
      if (earlier !== "") this.#send(earlier);
      return;
    }
    this.#answered.set(key, "");
    this.#onRequest(message, ({ body = "", ...answer }) => {
      const ready = formatSip({ ...reply(message, answer), body });
      this.#answered.set(key, ready);
      this.#send(ready);
    });
  }

  #receiveResponse(response: SipResponse, branch: string): void {
    const method = header(response, "CSeq").split(" ")[1] ?? "";
    const transaction = this.#transactions.get(`${branch} ${method}`);
    if (!transaction) return;
    if (method === "INVITE" && response.status >= 300)
      this.#acknowledgeRefusal(transaction, response);
    transaction.onResponse(response);
  }

  #acknowledgeRefusal({ sent }: Transaction, response: SipResponse): void {
    const kept = sent.headers.filter(([name]) => /^(via|max-forwards|from|call-id)$/i.test(name));
    const headers: SipHeader[] = [
      ...kept,
      ["To", header(response, "To")],
      ["CSeq", header(sent, "CSeq").replace("INVITE", "ACK")],
    ];
    this.#send(formatSip({ kind: "request", method: "ACK", uri: sent.uri, headers, body: "" }));
  }
}
