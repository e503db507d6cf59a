// Someone with a telephone: an employee's (registers at the exchange) or a client behind the trunk.
import { digestAnswer } from "./digest.ts";
import type { Credentials } from "./digest.ts";
import { newToken, SipAgent } from "./agent.ts";
import type { Answer, SipAddress } from "./agent.ts";
import { CallLeg } from "./call-leg.ts";
import type { LegOwner } from "./call-leg.ts";
import { header, userOf } from "./message.ts";
import type { SipHeader, SipRequest } from "./message.ts";
import type { Voice } from "./voice.ts";

const PATIENCE_MS = 8_000;

/** What every telephone can do, wherever it stands. */
export class Phone {
  readonly number: string;
  readonly voice: Voice;
  /** All calls of this telephone since `forget`, oldest first. */
  readonly legs: CallLeg[] = [];
  /** What the telephone does by itself when it is called. */
  whenCalled: (leg: CallLeg) => void = (leg) => leg.ring();
  readonly #owner: LegOwner;
  readonly #awaited: ((leg: CallLeg) => void)[] = [];
  #seen = 0;

  constructor(owner: LegOwner) {
    this.#owner = owner;
    this.number = owner.user;
    this.voice = owner.voice;
  }

  /** Dials; see CallLeg.whenAnswered. */
  async call(number: string): Promise<CallLeg> {
    const leg = await CallLeg.dial(this.#owner, number);
    this.legs.push(leg);
    return leg;
  }

  /** The next call that comes in and was not yet taken notice of. */
  async rings(): Promise<CallLeg> {
    const incoming = this.legs.filter((leg) => leg.story.role === "called");
    const next = incoming[this.#seen];
    this.#seen += 1;
    if (next) return next;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${this.number} was never called`));
      }, PATIENCE_MS);
      this.#awaited.push((leg) => {
        clearTimeout(timer);
        resolve(leg);
      });
    });
  }

  /** Waits for a call, lets it ring for a moment and answers it. */
  async answer(afterMs = 300): Promise<CallLeg> {
    const leg = await this.rings();
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    leg.answer();
    return leg;
  }

  async receive(request: SipRequest, answer: Answer): Promise<void> {
    const leg = CallLeg.receive(this.#owner, request, answer);
    this.legs.push(leg); // at once: a CANCEL may be next
    await leg.open();
    if (leg.isOver) return;
    this.whenCalled(leg);
    this.#awaited.shift()?.(leg);
  }

  legOf(request: SipRequest): CallLeg | undefined {
    return this.legs.find((leg) => leg.belongs(request));
  }

  /** Ends what is left over and starts with a clean sheet. */
  async forget(): Promise<void> {
    await Promise.allSettled(this.legs.map((leg) => leg.hangUp()));
    this.legs.length = 0;
    this.#awaited.length = 0;
    this.#seen = 0;
    this.whenCalled = (leg) => leg.ring();
  }
}

/** An employee's telephone: a SIP endpoint of its own that registers. */
export class Telephone extends Phone {
  readonly #agent: SipAgent;
  readonly #credentials: Credentials;
  readonly #registrationId = `${newToken()}@lab`;
  #sequence = 0;

  private constructor(owner: LegOwner & { credentials: Credentials }) {
    super(owner);
    this.#agent = owner.agent;
    this.#credentials = owner.credentials;
  }

  static async connect(deps: {
    extension: string;
    password: string;
    voice: Voice;
    exchange: () => SipAddress;
    note: (what: string) => void;
  }): Promise<Telephone> {
    const agent = new SipAgent({
      host: "127.0.0.1",
      exchange: deps.exchange,
      onRequest: (request, answer) => route(request, answer, () => telephone),
    });
    await agent.start();
    const credentials = { username: deps.extension, password: deps.password };
    const { voice, note, extension: user } = deps;
    const telephone = new Telephone({ agent, user, credentials, voice, note });
    return telephone;
  }

  /** @param seconds 0: unregister */
  async register(seconds = 3600): Promise<void> {
    let response = await this.#sendRegister(seconds, []);
    if (response.status === 401) {
      const { host, port } = this.#agent.exchange;
      const asked = { method: "REGISTER", uri: `sip:${host}:${port}` };
      const challenge = header(response, "WWW-Authenticate");
      response = await this.#sendRegister(seconds, [
        ["Authorization", digestAnswer(challenge, asked, this.#credentials)],
      ]);
    }
    if (response.status !== 200)
      throw new Error(`${this.number} may not register: ${response.status} ${response.reason}`);
  }

  async stop(): Promise<void> {
    for (const leg of this.legs) leg.drop();
    await this.#agent.stop();
  }

  async #sendRegister(seconds: number, extra: readonly SipHeader[]) {
    const { host, port } = this.#agent.exchange;
    const own = this.#agent.address;
    this.#sequence += 1;
    return await this.#agent.request({
      method: "REGISTER",
      uri: `sip:${host}:${port}`,
      headers: [
        ["From", `<sip:${this.number}@${host}:${port}>;tag=${newToken()}`],
        ["To", `<sip:${this.number}@${host}:${port}>`],
        ["Call-ID", this.#registrationId],
        ["CSeq", `${this.#sequence} REGISTER`],
        ["Contact", `<sip:${this.number}@${own.host}:${own.port}>;expires=${seconds}`],
        ...extra,
      ],
    });
  }
}

/** The provider: one SIP endpoint at an address of its own, and all clients behind it. */
export class Provider {
  readonly #agent: SipAgent;
  readonly #clients = new Map<string, Phone>();
  readonly #note: (who: string, what: string) => void;

  private constructor(agent: SipAgent, note: (who: string, what: string) => void) {
    this.#agent = agent;
    this.#note = note;
  }

  static async connect(deps: {
    exchange: () => SipAddress;
    note: (who: string, what: string) => void;
  }): Promise<Provider> {
    const agent = new SipAgent({
      host: "127.0.0.2", // the exchange knows the trunk by its address
      exchange: deps.exchange,
      onRequest: (request, answer) =>
        route(request, answer, () => provider.#clientOf(request, answer)),
    });
    await agent.start();
    const provider = new Provider(agent, deps.note);
    return provider;
  }

  get address(): SipAddress {
    return this.#agent.address;
  }

  /** A new client with this number. */
  client(number: string, voice: Voice): Phone {
    const note = (what: string): void => this.#note(number, what);
    const client = new Phone({ agent: this.#agent, user: number, voice, note });
    this.#clients.set(number, client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.values()) for (const leg of client.legs) leg.drop();
    await this.#agent.stop();
  }

  /** A running call is known by its Call-ID; a new one by the number that the exchange dialled. */
  #clientOf(request: SipRequest, answer: Answer): Phone | undefined {
    const clients = [...this.#clients.values()];
    const known =
      clients.find((client) => client.legOf(request)) ?? this.#clients.get(userOf(request.uri));
    if (!known && request.method === "INVITE") answer({ status: 404, reason: "Not Found" });
    return known;
  }
}

function route(request: SipRequest, answer: Answer, find: () => Phone | undefined): void {
  if (request.method === "OPTIONS") return answer({ status: 200, reason: "OK" });
  const phone = find();
  const leg = phone?.legOf(request);
  if (leg) return leg.handle(request, answer);
  if (request.method === "INVITE") return void phone?.receive(request, answer);
  if (request.method === "ACK") return;
  answer({ status: 481, reason: "Call Does Not Exist" });
}
