/**
 * The browser's question whether this page may reach devices in the local network: said before where
 * the address tells it, beside the question where only the resolver knows, and afterwards what to do
 * where it was refused. Exports `createNetwork`.
 * @source Local Network Access (WICG): permissions "local-network-access", later split
 *   into "local-network" and "loopback-network"
 */
import { isPrivateHost, type BackendAddress } from "./backend-address.ts";

export type NetworkNotice = "before" | "meanwhile" | "denied";

export type Network = {
  /** Before the first request. "stay": the user or the browser does not want it. */
  allow(): Promise<"go" | "stay">;
  /** Tells about the browser's question while a request waits for it. */
  watch<T>(request: Promise<T>): Promise<T>;
  /** Whether it was the browser that let nothing through; if so, the user is told what to do. */
  isDenied(): Promise<boolean>;
};

export type NetworkDeps = {
  readonly address: BackendAddress;
  /** Shows one notice in place of the one before. @returns what the user chose, if asked */
  readonly notice: (notice: NetworkNotice) => Promise<"go" | "stay">;
  readonly endNotice: () => void;
  /** What the browser says of the permission; undefined: it knows none of the kind. */
  readonly permission?: () => Promise<PermissionState | undefined>;
};

/** A prompt of the browser holds a request back; an answer comes sooner than this. */
const PROMPT_AFTER_MS = 2_000;
const NAMES = ["local-network", "loopback-network", "local-network-access"];

export function createNetwork(deps: NetworkDeps): Network {
  const { address, notice, endNotice } = deps;
  const permission = deps.permission ?? (() => askPermission(address.host));
  let asking: Promise<"go" | "stay"> | undefined;

  async function ask(): Promise<"go" | "stay"> {
    // A page that is itself in the local network is not asked about it.
    if (!address.isPrivate || isPrivateHost(window.location.hostname)) return "go";
    const state = await permission();
    if (state === "denied") {
      void notice("denied");
      return "stay";
    }
    return state === "prompt" ? notice("before") : "go";
  }

  return {
    async allow() {
      asking ??= ask();
      const answer = await asking;
      // Whoever said "not now" is asked again at the next click.
      if (answer === "stay") asking = undefined;
      return answer;
    },
    async watch(request) {
      let isShown = false;
      const timer = setTimeout(() => {
        void permission().then((state) => {
          if (state !== "prompt" || isOver) return;
          isShown = true;
          void notice("meanwhile");
        });
      }, PROMPT_AFTER_MS);
      let isOver = false;
      try {
        return await request;
      } finally {
        isOver = true;
        clearTimeout(timer);
        if (isShown) endNotice();
      }
    },
    async isDenied() {
      if ((await permission()) !== "denied") return false;
      asking = undefined;
      void notice("denied");
      return true;
    },
  };
}

async function askPermission(host: string): Promise<PermissionState | undefined> {
  const isHere = /^(localhost|127\.|\[::1\])/.test(host);
  const wanted = NAMES.filter((name) => name !== (isHere ? "local-network" : "loopback-network"));
  for (const name of wanted) {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {
      // A browser that does not know the name; it may know the next.
    }
  }
  return undefined;
}
