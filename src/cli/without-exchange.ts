/**
 * An installation without telephony: only appointments. Then nothing is asked of the configuration that
 * only an exchange needs, and nobody logs in to one. Exports `openDaemonConfig` and `hasExchange`.
 */
import type { LoadedConfig } from "../config/load-config.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { succeeded, type Result } from "../lib/failure.ts";
import { openConfig } from "./open-config.ts";

/** As `openConfig` for all that the daemon needs, which without an exchange is less. */
export function openDaemonConfig(
  file: string | undefined,
  account?: string,
): Result<LoadedConfig, readonly ConfigProblem[]> {
  const whole = openConfig({ file, needs: ["ami", "pbx", "kommo"], account });
  if (whole.ok) return whole;
  const without = openConfig({ file, needs: ["kommo"], account });
  if (!without.ok) return whole;
  const { config, places } = without.value;
  const isTelephony =
    config.exchanges.length > 0 || [...places.keys()].some((path) => /^(ami|pbx)\./.test(path));
  if (config.altegio.locations.length === 0 || isTelephony) return whole;
  const all = config as LoadedConfig["config"];
  return succeeded({
    ...without.value,
    config: {
      ...all,
      ami: { ...all.ami, username: "", secret: "" },
      pbx: { ...all.pbx, extensions: [] },
    },
  });
}

export const hasExchange = ({
  ami,
  exchanges,
}: {
  readonly ami: { readonly username: string };
  readonly exchanges: readonly unknown[];
}): boolean => exchanges.length > 0 || ami.username !== "";
