// Sound of a telephone: RTP on loopback, G.711 µ-law. Each speaker's voice is one byte repeated,
// which a bridge of Asterisk hands on unchanged, so every telephone knows whom it hears, and when.
// That is the truth the call model is held against; nothing in it comes from AMI.
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";

/** 1 … 126. */
export type Voice = number;

/** A stretch of time in which one voice was heard without a break. Unix milliseconds. */
export type Heard = { readonly voice: Voice; readonly from: number; to: number };

/** What the exchange plays as music on hold. */
export const MUSIC: Voice = 126;

const PACKET_MS = 20;
const PACKET_BYTES = 160; // 8,000 samples a second
const BREAK_MS = 300; // longer silence ends a stretch; shorter is a busy machine

export class VoiceLine {
  readonly heard: Heard[] = [];
  readonly #socket: Socket = createSocket("udp4");
  readonly #host: string;
  readonly #voice: Voice;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: string, voice: Voice) {
    this.#host = host;
    this.#voice = voice;
  }

  async open(): Promise<void> {
    this.#socket.on("message", (packet) => this.#hear(packet));
    await new Promise<void>((resolve) => this.#socket.bind(0, this.#host, resolve));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Starts to speak, or goes on to another address. */
  speakTo(host: string, port: number): void {
    clearInterval(this.#timer);
    const packet = Buffer.alloc(12 + PACKET_BYTES, this.#voice);
    packet.writeUInt16BE(0x8000, 0); // version 2, payload type 0
    randomBytes(4).copy(packet, 8);
    const begun = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      // As many packets as the clock says, so that a late timer leaves no hole in a recording.
      for (const due = (performance.now() - begun) / PACKET_MS; sent < due; sent++) {
        packet.writeUInt16BE(sent & 0xffff, 2);
        packet.writeUInt32BE((sent * PACKET_BYTES) >>> 0, 4);
        this.#socket.send(Buffer.from(packet), port, host);
      }
    }, PACKET_MS);
  }

  silence(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.silence();
    this.#socket.close();
  }

  #hear(packet: Buffer): void {
    const sound = packet.subarray(12);
    const voice = sound[0];
    if (voice === undefined || voice === 0 || voice > MUSIC) return;
    if (!sound.every((byte) => byte === voice)) return; // an announcement, or two voices mixed
    const at = Date.now();
    const last = this.heard.findLast((stretch) => stretch.voice === voice);
    if (last && at - last.to < BREAK_MS) last.to = at;
    else this.heard.push({ voice, from: at, to: at });
  }
}
