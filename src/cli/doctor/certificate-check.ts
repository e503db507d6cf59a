/** Whether the certificate of the public address is good, and for how long. */
import { connect, type PeerCertificate } from "node:tls";
import { codeOf, toError } from "../../lib/failure.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";

const LIMIT_MS = 10_000;
const DAY_MS = 86_400_000;
/** Those who renew by themselves do so a month before. */
const SOON_DAYS = 14;

export const certificateCheck: Check = checkWithConfig(
  "certificate",
  async ({ recordings }, { clock }) => {
    const url = recordings.public_url === undefined ? null : URL.parse(recordings.public_url);
    if (url === null) return { status: "skipped", sentence: "there is no public address" };
    if (url.protocol !== "https:")
      return {
        status: "warning",
        sentence: `${url.origin} has none: it is not https`,
        remedy: "Kommo's pages are https, and browsers play nothing there that is not",
      };
    return judgeCertificate(await look(url), clock.now());
  },
);

export type SeenCertificate =
  | { readonly kind: "seen"; readonly validTo: string; readonly trouble: string | undefined }
  | { readonly kind: "none"; readonly why: string };

function look({ hostname, port }: URL): Promise<SeenCertificate> {
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = connect(
      // Looked at although it may be bad: what is wrong with it is the answer.
      { host, port: Number(port === "" ? 443 : port), servername: host, rejectUnauthorized: false },
      () => {
        const certificate: Partial<PeerCertificate> = socket.getPeerCertificate();
        const trouble = socket.authorized ? undefined : wordsOf(socket.authorizationError);
        resolve({ kind: "seen", validTo: certificate.valid_to ?? "", trouble });
        socket.destroy();
      },
    );
    socket.setTimeout(LIMIT_MS, () => {
      resolve({ kind: "none", why: "no answer within 10 s" });
      socket.destroy();
    });
    socket.on("error", (error) =>
      resolve({ kind: "none", why: codeOf(error) ?? toError(error).message }),
    );
  });
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? (codeOf(error) ?? error.message) : String(error);

export function judgeCertificate(seen: SeenCertificate, nowMs: number): Verdict {
  const remedy =
    "renew it where TLS ends: the reverse proxy (certbot renew, Caddy does it by itself), or public_http.certificate_file";
  if (seen.kind === "none")
    return { status: "warning", sentence: `cannot be looked at from here (${seen.why})`, remedy };
  const endsAt = Date.parse(seen.validTo);
  const days = Math.floor((endsAt - nowMs) / DAY_MS);
  const until = Number.isNaN(endsAt) ? "?" : new Date(endsAt).toISOString().slice(0, 10);
  if (endsAt <= nowMs) return { status: "failed", sentence: `ended on ${until}`, remedy };
  if (seen.trouble !== undefined)
    return {
      status: "failed",
      sentence: `browsers do not trust it (${seen.trouble})`,
      remedy: `${remedy}; the whole chain must be sent`,
    };
  const sentence = `good until ${until}, ${days} more ${days === 1 ? "day" : "days"}`;
  return days < SOON_DAYS ? { status: "warning", sentence, remedy } : { status: "ok", sentence };
}
