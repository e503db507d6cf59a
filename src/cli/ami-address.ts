/** Where AMI is, as the room `ami` wants it: the certificates of `ami.tls.ca_file` read from the disk. */
import { readFileSync } from "node:fs";
import type { AmiAddress, AmiFailure } from "../ami/ami-failure.ts";
import type { Config } from "../config/keys.ts";
import type { Result } from "../lib/failure.ts";
import { codeOf, failed, succeeded } from "../lib/failure.ts";

export function amiAddress({ host, port, tls }: Config["ami"]): Result<AmiAddress, AmiFailure> {
  if (!tls.enabled) return succeeded({ host, port });
  const { servername } = tls;
  const name = servername === undefined ? {} : { servername };
  if (tls.ca_file === undefined) return succeeded({ host, port, tls: name });
  try {
    const ca = readFileSync(tls.ca_file, "utf8");
    return succeeded({ host, port, tls: { ...name, ca } });
  } catch (error) {
    const code = codeOf(error) ?? "unknown";
    const hint = `The file of ami.tls.ca_file, ${tls.ca_file}, cannot be read (${code}): correct the path or its rights.`;
    return failed({ kind: "tls-failed", code, retry: "after-operator", hint });
  }
}
