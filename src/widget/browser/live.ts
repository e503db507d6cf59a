/** The live state of one exchange in this page: kept by the stream, shared with other tabs, watched by views. */
import type { Backend } from "./backend.ts";
import { keepLink } from "./link.ts";
import { NOTHING_LIVE, reduceLive, type LiveEvent, type LiveState } from "./live-state.ts";
import { createTabs } from "./tabs.ts";

export type Live = {
  state(): LiveState;
  /** Something of this page alone: a click, a card that was put away. */
  dispatch(event: LiveEvent): void;
  /** @returns what ends it */
  watch(onChange: (state: LiveState) => void): () => void;
  stop(): void;
};

type Told = { readonly state: LiveState } | { readonly event: LiveEvent };

export function createLive({ backend, user }: { backend: Backend; user: number }): Live {
  const stopping = new AbortController();
  const watchers = new Set<(state: LiveState) => void>();
  let state = NOTHING_LIVE;

  function dispatch(event: LiveEvent): void {
    set(reduceLive(state, event));
  }

  function set(next: LiveState): void {
    if (stopping.signal.aborted) return;
    state = next;
    for (const watcher of watchers) watcher(state);
  }

  const tabs = createTabs<Told>({
    name: `asterisk-kommo ${user} ${backend.address.base}`,
    signal: stopping.signal,
    lead: (signal) => {
      const tell = (event: LiveEvent): void => {
        dispatch(event);
        tabs.tell({ event });
      };
      return keepLink({
        ...{ backend, signal, onEvent: tell },
        onLost: (problem) => tell({ kind: "link-lost", problem }),
      });
    },
    onTold: (told) => {
      // Clicks of this page are its own.
      if ("state" in told) set({ ...told.state, asked: state.asked });
      else dispatch(told.event);
    },
    onAsked: () => tabs.tell({ state: { ...state, asked: new Map() } }),
  });

  return {
    state: () => state,
    dispatch,
    watch(onChange) {
      watchers.add(onChange);
      onChange(state);
      return () => watchers.delete(onChange);
    },
    stop() {
      stopping.abort();
      watchers.clear();
      tabs.close();
    },
  };
}
