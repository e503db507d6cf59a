// Who speaks to whom in one SIP call: tags, sequence numbers, the address of the other side.
import { newToken } from "./agent.ts";
import type { SipAgent } from "./agent.ts";
import { header, parameter, uriOf } from "./message.ts";
import type { SipHeader, SipMessage, SipRequest, SipResponse } from "./message.ts";

export type Speaker = {
  readonly agent: SipAgent;
  /** User part of the own address: "101" or "79160000001". */
  readonly user: string;
};

export class Dialog {
  readonly callId: string;
  readonly localTag = newToken();
  /** Where requests go: the Contact of the other side, once it is known. */
  target: string;
  remoteTag = "";
  readonly #speaker: Speaker;
  readonly #local: string;
  readonly #remote: string;
  #sequence = 0;

  private constructor(speaker: Speaker, ends: { callId: string; local: string; remote: string }) {
    this.#speaker = speaker;
    this.callId = ends.callId;
    this.#local = ends.local;
    this.#remote = ends.remote;
    this.target = uriOf(ends.remote);
  }

  static toNumber(speaker: Speaker, number: string): Dialog {
    const { host, port } = speaker.agent.exchange;
    const at = (user: string): string => `<sip:${encodeURIComponent(user)}@${host}:${port}>`;
    const callId = `${newToken()}@lab`;
    return new Dialog(speaker, { callId, local: at(speaker.user), remote: at(number) });
  }

  static ofInvite(speaker: Speaker, invite: SipRequest): Dialog {
    const from = header(invite, "From");
    const dialog = new Dialog(speaker, {
      callId: header(invite, "Call-ID"),
      local: header(invite, "To"),
      remote: from.replace(/;tag=.*$/, ""),
    });
    dialog.remoteTag = parameter(from, "tag");
    dialog.target = uriOf(header(invite, "Contact"));
    return dialog;
  }

  /** The other side accepted: from now on requests go to it directly. */
  accept(response: SipResponse): void {
    this.remoteTag = parameter(header(response, "To"), "tag");
    this.target = uriOf(header(response, "Contact"));
  }

  /** A request with the next sequence number. */
  async request(
    method: string,
    content: {
      headers?: readonly SipHeader[];
      body?: string;
      branch?: string;
      onProvisional?: (response: SipResponse) => void;
    } = {},
  ): Promise<SipResponse> {
    this.#sequence += 1;
    const headers = [...this.#headers(method), ...(content.headers ?? [])];
    return await this.#speaker.agent.request({ ...content, method, uri: this.target, headers });
  }

  /** The CANCEL of an INVITE: same sequence number, same branch. */
  async cancel(branch: string): Promise<void> {
    const headers = this.#headers("CANCEL");
    await this.#speaker.agent.request({ method: "CANCEL", uri: this.target, branch, headers });
  }

  /** The ACK of a 200 to the last INVITE. */
  acknowledge(): void {
    const headers = this.#headers("ACK");
    this.#speaker.agent.acknowledge({ method: "ACK", uri: this.target, headers });
  }

  /** An address of this exchange, as Refer-To and Contact of a 302 want it. */
  uri(user: string): string {
    const { host, port } = this.#speaker.agent.exchange;
    return `sip:${user}@${host}:${port}`;
  }

  get contact(): SipHeader {
    const { host, port } = this.#speaker.agent.address;
    return ["Contact", `<sip:${encodeURIComponent(this.#speaker.user)}@${host}:${port}>`];
  }

  belongs(message: SipMessage): boolean {
    return header(message, "Call-ID") === this.callId;
  }

  #headers(method: string): SipHeader[] {
    const tag = this.remoteTag ? `;tag=${this.remoteTag}` : "";
    return [
      ["From", `${this.#local};tag=${this.localTag}`],
      ["To", `${this.#remote}${tag}`],
      ["Call-ID", this.callId],
      ["CSeq", `${this.#sequence} ${method}`],
      this.contact,
    ];
  }
}
