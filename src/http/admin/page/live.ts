/** What the daemon tells by itself: live calls and the line at the top. One stream for the whole page. */
import { useEffect, useState } from "preact/hooks";
import type { LiveBatch, LiveCallRow, StatusAnswer } from "../contract.ts";
import { apiAddress, readSession } from "./api.ts";

export type Live = {
  readonly status: StatusAnswer | undefined;
  /** In the order in which they began; undefined: not told yet. */
  readonly calls: readonly LiveCallRow[] | undefined;
  /** false: the daemon does not answer, and what is shown is old. */
  readonly isFresh: boolean;
};

export function useLive(): Live {
  const [live, setLive] = useState<Live>({ status: undefined, calls: undefined, isFresh: true });
  useEffect(() => {
    const calls = new Map<string, LiveCallRow>();
    const source = new EventSource(apiAddress("/live"));
    let drawing = 0;
    // Several batches of one frame are drawn once.
    const draw = (): void => {
      if (drawing !== 0) return;
      drawing = requestAnimationFrame(() => {
        drawing = 0;
        const sorted = [...calls.values()].sort((one, other) => one.startedAt - other.startedAt);
        setLive((before) => ({ ...before, calls: sorted, isFresh: true }));
      });
    };
    source.addEventListener("calls", ({ data }: MessageEvent<string>) => {
      const { isWhole, changed, gone } = JSON.parse(data) as LiveBatch;
      if (isWhole) calls.clear();
      for (const row of changed) calls.set(row.id, row);
      for (const id of gone) calls.delete(id);
      draw();
    });
    source.addEventListener("status", ({ data }: MessageEvent<string>) => {
      const status = JSON.parse(data) as StatusAnswer;
      setLive((before) => ({ ...before, status, isFresh: true }));
    });
    source.addEventListener("error", () => {
      setLive((before) => ({ ...before, isFresh: false }));
      // A session that has ended looks the same as a daemon that stopped: asking tells.
      if (source.readyState === EventSource.CLOSED) void readSession().catch(() => undefined);
    });
    return () => {
      source.close();
      cancelAnimationFrame(drawing);
    };
  }, []);
  return live;
}
