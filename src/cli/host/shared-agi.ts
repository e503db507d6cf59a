/**
 * The FastAGI listener of a daemon with several accounts: a dialplan names its own in the address,
 * `agi://127.0.0.1:4573/acme/responsible`. Exports `openSharedAgi`.
 */
import { startFastAgi, type AgiHandler, type FastAgiDeps } from "../../http/start-fastagi.ts";

export type SharedAgi = {
  /** @returns takes it back */
  add(account: string, handle: AgiHandler): () => void;
  stop(): Promise<void>;
};

export async function openSharedAgi(deps: Omit<FastAgiDeps, "handle">): Promise<SharedAgi> {
  const accounts = new Map<string, AgiHandler>();
  const listening = await startFastAgi({
    ...deps,
    handle: async (request, address) => {
      const [account = "", ...script] = request.script.split("/");
      return accounts.get(account)?.({ ...request, script: script.join("/") }, address);
    },
  });
  return {
    add(account, handle) {
      accounts.set(account, handle);
      return () => void accounts.delete(account);
    },
    stop: () => listening.stop(),
  };
}
