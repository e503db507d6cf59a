/**
 * A listener's own certificate, read from files and read anew when somebody has renewed them. What does
 * not fit together, or cannot be read, never takes the place of what is in force.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Clock } from "../lib/clock.ts";
import { codeOf, failed, succeeded, toError, type Result } from "../lib/failure.ts";
import type { Logger } from "../lib/log.ts";

/** PEM, as tls has it. */
export type CertificatePair = { readonly cert: string; readonly key: string };

export type Certificate = {
  /** In force; undefined: there was none yet that could be used. */
  current(): CertificatePair | undefined;
  /** Looks at the files. A new pair that fits together comes into force. Never rejects. */
  look(): Promise<void>;
  /** Told of each pair that comes into force after the first. */
  onRenewed(take: (pair: CertificatePair) => void): void;
  /** Looks now and then until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
};

export type CertificateDeps = {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
};

/** Who renews changes two files, one after the other: between them they do not fit. */
const LOOK_EVERY_MS = 30_000;
const LATE_MS = 7 * 86_400_000;
const TELL_LATE_EVERY_MS = 86_400_000;

export function createCertificate(deps: CertificateDeps): Certificate {
  const { certificateFile, keyFile, clock, log } = deps;
  const takers: ((pair: CertificatePair) => void)[] = [];
  let current: CertificatePair | undefined;
  let lastTold: string | undefined;
  let lateToldAt = -Infinity;

  function tellUnusable({ reason, hint }: Unusable): void {
    if (reason === lastTold) return;
    lastTold = reason;
    const inForce = current === undefined ? "none" : "the one before";
    log.error({ file: certificateFile, reason, hint, in_force: inForce }, "certificate not usable");
  }

  function tellLate({ cert }: CertificatePair): void {
    const { validTo, validToDate } = new X509Certificate(cert);
    const isLate = validToDate.getTime() - clock.now() < LATE_MS;
    if (!isLate || clock.monotonicMs() - lateToldAt < TELL_LATE_EVERY_MS) return;
    lateToldAt = clock.monotonicMs();
    const hint = "renew it; the new files are read within half a minute";
    log.warn({ file: certificateFile, ends: validTo, hint }, "certificate ends soon");
  }

  async function look(): Promise<void> {
    const read = await readPair(certificateFile, keyFile);
    if (!read.ok) return tellUnusable(read.failure);
    lastTold = undefined;
    const pair = read.value;
    const isNew = pair.cert !== current?.cert || pair.key !== current.key;
    if (isNew) {
      const isFirst = current === undefined;
      current = pair;
      const ends = new X509Certificate(pair.cert).validTo;
      log.info(
        { file: certificateFile, ends },
        isFirst ? "certificate read" : "certificate renewed",
      );
      if (!isFirst) for (const take of takers) take(pair);
    }
    tellLate(pair);
  }

  return {
    current: () => current,
    look,
    onRenewed: (take) => void takers.push(take),
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        if (!signal.aborted) await look();
      }
    },
  };
}

type Unusable = { readonly reason: string; readonly hint: string };

async function readPair(
  certificateFile: string,
  keyFile: string,
): Promise<Result<CertificatePair, Unusable>> {
  const files: string[] = [];
  for (const file of [certificateFile, keyFile]) {
    try {
      files.push(await readFile(file, "utf8"));
    } catch (thrown) {
      const hint = "look at its path, and whether the daemon's user may read it";
      return failed({ reason: `${file} cannot be read (${codeOf(thrown) ?? "unknown"})`, hint });
    }
  }
  const [cert = "", key = ""] = files;
  try {
    const own = new X509Certificate(cert);
    if (!own.checkPrivateKey(createPrivateKey(key)))
      return failed({
        reason: "the key is not that of the certificate",
        hint: "put both in place; the first certificate of the file must be the host's own",
      });
    createSecureContext({ cert, key });
    return succeeded({ cert, key });
  } catch (thrown) {
    // OpenSSL's words, which hold nothing of the key.
    const { message } = toError(thrown);
    return failed({
      reason: `they are no certificate and key in PEM: ${message}`,
      hint: "write the certificate with those above it, and the key without a password, in PEM",
    });
  }
}
