/**
 * One stream for all tabs of a browser: a browser opens few connections to one host, and salespeople
 * many tabs. The tab that holds the lock listens and tells the others. Exports `createTabs`.
 */

export type Tabs<Told> = {
  /** To all others; from this one alone. */
  tell(message: Told): void;
  close(): void;
};

export type TabsDeps<Told> = {
  /** One for each account, user and exchange. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** This tab is the one that listens, until `signal` or the promise ends. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  /** What the leading tab tells. */
  readonly onTold: (message: Told) => void;
  /** A new tab wants to know where things stand: told by the leading one. */
  readonly onAsked: () => void;
};

type Envelope<Told> = { readonly kind: "who" } | { readonly kind: "told"; readonly told: Told };

export function createTabs<Told>(deps: TabsDeps<Told>): Tabs<Told> {
  const { name, signal, lead } = deps;
  let isLeading = false;
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(name) : undefined;
  channel?.addEventListener("message", ({ data }: MessageEvent<Envelope<Told>>) => {
    if (data.kind === "told" && !isLeading) deps.onTold(data.told);
    if (data.kind === "who" && isLeading) deps.onAsked();
  });
  const run = async (): Promise<void> => {
    if (signal.aborted) return;
    isLeading = true;
    await lead(signal);
    isLeading = false;
  };
  void begin();

  async function begin(): Promise<void> {
    // Without locks (no secure context, an old browser) each tab listens for itself.
    if (channel === undefined || !("locks" in navigator)) return run();
    channel.postMessage({ kind: "who" } satisfies Envelope<Told>);
    try {
      await navigator.locks.request(name, { signal }, run);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  return {
    tell: (told) => channel?.postMessage({ kind: "told", told } satisfies Envelope<Told>),
    close: () => channel?.close(),
  };
}
