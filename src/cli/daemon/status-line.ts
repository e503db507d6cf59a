/** What `systemctl status` shows of a daemon: "connected to Asterisk; 3 steps wait for Kommo, 1 set aside". */
import type { Daemon } from "../../main.ts";
import { StoreFailure } from "../../store/store.ts";

export async function statusLine({
  amiState,
  outbox,
}: Pick<Daemon, "amiState" | "outbox">): Promise<string> {
  const { kind } = amiState();
  const line =
    kind === "connected"
      ? "connected to Asterisk"
      : kind === "idle"
        ? "no exchange"
        : "Asterisk is away";
  try {
    const { ready, sending, unknown, setAside } = await outbox.state();
    return `${line}; ${ready + sending + unknown} steps wait for Kommo, ${setAside} set aside`;
  } catch (thrown) {
    if (thrown instanceof StoreFailure) return line;
    throw thrown;
  }
}
