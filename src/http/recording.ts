/**
 * GET and HEAD /r/{id}.{key}.{mac}.mp3: what the player on Kommo's card fetches, without any other
 * proof than the link itself. Whatever is wrong with a link looks the same.
 * @source kommo-api, section 21.8: no login is sent, Accept-Ranges is needed
 */
import type { FastifyReply, RouteOptions } from "fastify";
import type { Listened, Sound } from "../recordings/listening.ts";
import { parseByteRange } from "./byte-range.ts";

export type RecordingRouteDeps = {
  /** What the last part of a link's path leads to. */
  readonly listen: (name: string) => Promise<Listened>;
};

/** Time for a recording to be written and converted. */
const RETRY_SECONDS = "10";

export const recordingRoute = ({ listen }: RecordingRouteDeps): RouteOptions => ({
  method: ["GET", "HEAD"],
  url: "/r/:link",
  handler: async (request, reply) => {
    const { link } = request.params as { readonly link: string };
    const found = await listen(link);
    void reply.headers({
      "x-content-type-options": "nosniff",
      "x-robots-tag": "noindex, nofollow",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "cross-origin",
      "cache-control": "no-store",
    });
    if (found.kind === "none") return reply.code(404).send({ error: "not found" });
    if (found.kind === "later")
      return reply.code(503).header("retry-after", RETRY_SECONDS).send({ error: "not ready yet" });
    return sendSound(reply, found, {
      isHead: request.method === "HEAD",
      range: request.headers.range,
      ifRange: request.headers["if-range"],
    });
  },
});

export type Asked = {
  readonly isHead: boolean;
  readonly range: string | undefined;
  readonly ifRange: string | string[] | undefined;
};

export function sendSound(reply: FastifyReply, sound: Sound, asked: Asked): FastifyReply {
  const { bytes } = sound;
  const tag = `"${sound.tag}"`;
  // A player that began with the original must not get the rest from the mp3.
  const isSame = asked.ifRange === undefined || asked.ifRange === tag;
  const range = parseByteRange(isSame ? asked.range : undefined, bytes);
  void reply.headers({ "accept-ranges": "bytes", etag: tag, "content-type": sound.type });
  if (sound.isFinal) void reply.header("cache-control", "private, max-age=86400");
  if (range.kind === "unsatisfiable") {
    sound.close();
    return reply
      .code(416)
      .headers({ "content-range": `bytes */${bytes}`, "content-type": "application/json" })
      .send({ error: "no such range" });
  }
  const { from, to } = range.kind === "part" ? range : { from: 0, to: bytes - 1 };
  if (range.kind === "part")
    void reply.code(206).header("content-range", `bytes ${from}-${to}/${bytes}`);
  void reply.header("content-length", to - from + 1);
  if (!asked.isHead) return reply.send(sound.read(from, to));
  sound.close();
  return reply.send();
}
