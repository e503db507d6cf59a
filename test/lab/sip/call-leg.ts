// One telephone's end of one SIP call: what a person can do with a handset (ring, answer, refuse,
// hang up, hold, transfer, press keys), and the story of what happened to it.
import { newBranch } from "./agent.ts";
import type { Answer } from "./agent.ts";
import { Dialog } from "./dialog.ts";
import type { Speaker } from "./dialog.ts";
import { digestAnswer } from "./digest.ts";
import type { Credentials } from "./digest.ts";
import { header, userOf } from "./message.ts";
import type { SipHeader, SipMessage, SipRequest, SipResponse } from "./message.ts";
import { describeSession, soundAddress } from "./session-description.ts";
import { VoiceLine } from "./voice.ts";
import type { Heard, Voice } from "./voice.ts";

export type LegEnd =
  | "hung up" // by this telephone
  | "ended" // by the exchange
  | "cancelled" // the exchange stopped the ringing, or this caller gave up
  | "answered elsewhere"
  | "refused" // by this telephone
  | "forwarded" // by this telephone, 302
  | "failed"; // the exchange refused this caller: `status`

/** What a telephone knows of one call. Times are Unix milliseconds. */
export type LegStory = {
  readonly role: "caller" | "called";
  /** The number dialled (caller), or who the display showed (called). */
  readonly other: string;
  /** The name beside it (called); "" where there was none. */
  readonly name: string;
  readonly begunAt: number;
  ringAt?: number;
  answeredAt?: number;
  endedAt?: number;
  end?: LegEnd;
  /** Last SIP status that a caller got. */
  status?: number;
  readonly heard: readonly Heard[];
};

export type LegOwner = Speaker & {
  readonly credentials?: Credentials;
  readonly voice: Voice;
  readonly note: (what: string) => void;
};

const KEY_PAUSE_MS = 120;
const PATIENCE_MS = 6_000;
const BLIND_WAIT_MS = 300; // a telephone that transfers blindly does not wait for the colleague
const JOIN_WAIT_MS = 2_000;
const MEDIA: readonly SipHeader[] = [
  ["Content-Type", "application/sdp"],
  ["Allow", "INVITE, ACK, CANCEL, BYE, UPDATE, INFO, NOTIFY, REFER, OPTIONS"],
  ["Supported", "replaces"],
];

export class CallLeg {
  readonly story: LegStory;
  readonly #owner: LegOwner;
  readonly #dialog: Dialog;
  readonly #sound: VoiceLine;
  readonly #waiting = new Set<() => void>();
  #inviteBranch = "";
  #invite: { request: SipRequest; answer: Answer } | undefined;
  #transferStatus = 0;

  private constructor(
    owner: LegOwner,
    begin: { dialog: Dialog; role: "caller" | "called"; other: string; name?: string },
  ) {
    const { role, other, name = "" } = begin;
    this.#owner = owner;
    this.#dialog = begin.dialog;
    this.#sound = new VoiceLine(owner.agent.address.host, owner.voice);
    this.story = { role, other, name, begunAt: Date.now(), heard: this.#sound.heard };
  }

  /** Dials a number. The call is under way when this resolves; see `whenAnswered`. */
  static async dial(owner: LegOwner, number: string): Promise<CallLeg> {
    const dialog = Dialog.toNumber(owner, number);
    const leg = new CallLeg(owner, { dialog, role: "caller", other: number });
    await leg.open();
    owner.note(`dials ${number}`);
    void leg.#placeCall().catch((failure: unknown) => {
      owner.note(String(failure)); // the exchange is gone: whoever waits for this leg is told
      leg.#over("failed");
    });
    return leg;
  }

  /** A call that comes in. It makes no sound before `ring` or `answer`. */
  static receive(owner: LegOwner, request: SipRequest, answer: Answer): CallLeg {
    const dialog = Dialog.ofInvite(owner, request);
    const leg = new CallLeg(owner, {
      dialog,
      role: "called",
      other: userOf(header(request, "From")),
      name: /^\s*"([^"]*)"/.exec(header(request, "From"))?.[1] ?? "",
    });
    leg.#invite = { request, answer };
    answer({ status: 100, reason: "Trying" });
    return leg;
  }

  /** Its sound gets a port: before `ring` and `answer`. */
  async open(): Promise<void> {
    await this.#sound.open();
  }

  get isOver(): boolean {
    return this.story.endedAt !== undefined;
  }

  belongs(message: SipMessage): boolean {
    return this.#dialog.belongs(message);
  }

  ring(): void {
    this.story.ringAt = Date.now();
    this.#owner.note(`rings, display: ${this.story.other}`);
    this.#reply({ status: 180, reason: "Ringing" });
    this.#changed();
  }

  answer(): void {
    const request = this.#invite?.request;
    if (!request || this.isOver) throw new Error(`${this.#owner.user} has no call to answer`);
    this.story.answeredAt = Date.now();
    this.#owner.note("answers");
    this.#reply({ status: 200, reason: "OK", headers: MEDIA, body: this.#describe("sendrecv") });
    this.#invite = undefined;
    this.#speak(request);
    this.#changed();
  }

  /** 486 busy, 603 declined, 480 away, 404 for a client whose number does not exist. */
  refuse(status = 486): void {
    this.#owner.note(`refuses with ${status}`);
    this.#reply({ status, reason: "Refused" });
    this.#over("refused");
  }

  /** The telephone itself forwards the call (302). */
  forward(number: string): void {
    this.#owner.note(`forwards to ${number}`);
    const headers: SipHeader[] = [["Contact", `<${this.#dialog.uri(number)}>`]];
    this.#invite?.answer({
      status: 302,
      reason: "Moved Temporarily",
      toTag: this.#dialog.localTag,
      headers,
    });
    this.#over("forwarded");
  }

  /** Puts the handset down: BYE, or CANCEL while the other side still rings. */
  async hangUp(): Promise<void> {
    if (this.isOver) return;
    if (this.#invite) return this.refuse();
    if (this.story.answeredAt === undefined) {
      this.#owner.note("gives up");
      this.#over("cancelled");
      await this.#dialog.cancel(this.#inviteBranch);
      return;
    }
    this.#owner.note("hangs up");
    this.#over("hung up");
    await this.#dialog.request("BYE");
  }

  async hold(): Promise<void> {
    this.#owner.note("holds");
    this.#sound.silence();
    await this.#reinvite("sendonly");
  }

  async resume(): Promise<void> {
    this.#owner.note("takes back from hold");
    this.#speak(await this.#reinvite("sendrecv"));
  }

  /** Presses keys (SIP INFO). */
  async press(keys: string): Promise<void> {
    this.#owner.note(`presses ${keys}`);
    for (const key of keys) {
      if (this.isOver) return; // the exchange took the call away at the last key
      await this.#dialog.request("INFO", {
        headers: [["Content-Type", "application/dtmf-relay"]],
        body: `Signal=${key}\r\nDuration=100\r\n`,
      });
      await new Promise((resolve) => setTimeout(resolve, KEY_PAUSE_MS));
    }
  }

  /** Transfer key, number, put down: REFER. */
  async transfer(number: string): Promise<void> {
    this.#owner.note(`transfers to ${number}`);
    await this.#refer(`<${this.#dialog.uri(number)}>`, BLIND_WAIT_MS);
  }

  /** Joins this call with the telephone's second one and leaves both: REFER with Replaces. */
  async join(other: CallLeg): Promise<void> {
    const { callId, remoteTag, localTag } = other.#dialog;
    const replaces = encodeURIComponent(`${callId};to-tag=${remoteTag};from-tag=${localTag}`);
    this.#owner.note(`joins the client with ${other.story.other}`);
    const target = this.#dialog.uri(other.story.other);
    await this.#refer(`<${target}?Replaces=${replaces}>`, JOIN_WAIT_MS);
  }

  /** Resolves when the other side has answered. */
  async whenAnswered(): Promise<void> {
    await this.#until(() => this.story.answeredAt !== undefined, "an answer");
  }

  async whenOver(): Promise<void> {
    await this.#until(() => this.isOver, "the end of the call");
  }

  /** A request of the exchange inside this call. */
  handle(request: SipRequest, answer: Answer): void {
    switch (request.method) {
      case "ACK":
        return;
      case "CANCEL":
        answer({ status: 200, reason: "OK" });
        this.#reply({ status: 487, reason: "Request Terminated" });
        this.#over(
          /elsewhere/i.test(header(request, "Reason")) ? "answered elsewhere" : "cancelled",
        );
        return;
      case "BYE":
        answer({ status: 200, reason: "OK" });
        this.#over("ended");
        return;
      case "INVITE":
        answer({
          status: 200,
          reason: "OK",
          headers: [this.#dialog.contact, ...MEDIA],
          body: this.#describe("sendrecv"),
        });
        this.#speak(request);
        return;
      case "NOTIFY":
        this.#transferStatus = Number(/^SIP\/2\.0 (\d+)/.exec(request.body)?.[1] ?? 0);
        answer({ status: 200, reason: "OK" });
        this.#changed();
        return;
      default: // UPDATE, INFO, OPTIONS, MESSAGE
        answer({ status: 200, reason: "OK" });
    }
  }

  /** Ends the leg without a word to the exchange, because that is gone. */
  drop(): void {
    this.#over("ended");
  }

  async #placeCall(): Promise<void> {
    const asked = { method: "INVITE", uri: this.#dialog.target };
    let response = await this.#sendInvite([]);
    if (response.status === 401 && this.#owner.credentials) {
      const challenge = header(response, "WWW-Authenticate");
      const proof = digestAnswer(challenge, asked, this.#owner.credentials);
      response = await this.#sendInvite([["Authorization", proof]]);
    }
    this.story.status = response.status;
    if (response.status >= 300) {
      if (!this.isOver) this.#owner.note(`is refused with ${response.status}`);
      return this.#over("failed");
    }
    this.#dialog.accept(response);
    this.#dialog.acknowledge();
    if (this.isOver) return void (await this.#dialog.request("BYE")); // gave up at the same moment
    this.story.answeredAt = Date.now();
    this.#owner.note("is answered");
    this.#speak(response);
    this.#changed();
  }

  async #sendInvite(proof: readonly SipHeader[]): Promise<SipResponse> {
    this.#inviteBranch = newBranch(); // a CANCEL has to name it
    return await this.#dialog.request("INVITE", {
      branch: this.#inviteBranch,
      headers: [...proof, ...MEDIA],
      body: this.#describe("sendrecv"),
      onProvisional: ({ status }) => {
        if (status === 180) this.#owner.note("hears it ring");
        this.story.status = status;
      },
    });
  }

  async #reinvite(direction: "sendrecv" | "sendonly"): Promise<SipResponse> {
    const body = this.#describe(direction);
    const response = await this.#dialog.request("INVITE", { headers: MEDIA, body });
    this.#dialog.acknowledge();
    return response;
  }

  async #refer(target: string, patienceMs: number): Promise<void> {
    const by: SipHeader = ["Referred-By", `<${this.#dialog.uri(this.#owner.user)}>`];
    const response = await this.#dialog.request("REFER", { headers: [["Refer-To", target], by] });
    if (response.status >= 300) throw new Error(`REFER was refused with ${response.status}`);
    const isDone = (): boolean => this.isOver || this.#transferStatus >= 200;
    await this.#until(isDone, "the transfer's outcome", patienceMs).catch(() => undefined);
    await this.hangUp();
  }

  #reply(answer: Parameters<Answer>[0]): void {
    const headers = [this.#dialog.contact, ...(answer.headers ?? [])];
    this.#invite?.answer({ ...answer, toTag: this.#dialog.localTag, headers });
  }

  #describe(direction: "sendrecv" | "sendonly"): string {
    return describeSession(this.#owner.agent.address.host, this.#sound.port, direction);
  }

  #speak(message: SipMessage): void {
    const address = soundAddress(message.body);
    if (address) this.#sound.speakTo(address.host, address.port);
  }

  #over(end: LegEnd): void {
    if (this.isOver) return;
    this.#invite = undefined;
    this.story.endedAt = Date.now();
    this.story.end = end;
    if (end !== "hung up" && end !== "refused") this.#owner.note(`call over: ${end}`);
    this.#sound.close();
    this.#changed();
  }

  #changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  async #until(isTrue: () => boolean, what: string, patienceMs = PATIENCE_MS): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const fail = (why: string): void => {
        end();
        reject(new Error(`${this.#owner.user} waited in vain for ${what}: ${why}`));
      };
      const timer = setTimeout(() => fail("time is over"), patienceMs);
      const check = (): void => {
        if (isTrue()) {
          end();
          resolve();
        } else if (this.isOver) fail(`${this.story.end ?? "over"}, ${this.story.status ?? ""}`);
      };
      this.#waiting.add(check);
      check();
    });
  }
}
