// Listens to AMI through restarts of the exchange and keeps every byte with its time of arrival.
import { AmiTap } from "./ami-tap.ts";
import type { AmiLogin, Chunk } from "./ami-tap.ts";

export class AmiRecorder {
  readonly #login: AmiLogin;
  readonly #taps: AmiTap[] = [];
  #isStopped = false;

  private constructor(login: AmiLogin) {
    this.#login = login;
  }

  static async start(login: AmiLogin): Promise<AmiRecorder> {
    const recorder = new AmiRecorder(login);
    await recorder.#connect();
    return recorder;
  }

  /** What each connection brought so far, oldest connection first. */
  get connections(): readonly (readonly Chunk[])[] {
    return this.#taps.map((tap) => tap.chunks);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#taps.at(-1)?.close();
  }

  async #connect(): Promise<void> {
    const tap = await AmiTap.open(this.#login);
    this.#taps.push(tap);
    await tap.send("CoreShowChannels"); // as the daemon does: what runs already, or nothing
    void tap.closed().then(async () => {
      if (this.#isStopped) return;
      await this.#connect();
    });
  }
}
