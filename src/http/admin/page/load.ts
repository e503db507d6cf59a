/** Asks the daemon for what a part of the page shows, and asks again. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiFailure, read } from "./api.ts";

export type Loaded<T> = {
  /** What came last; it stays while the next is asked for. */
  readonly value: T | undefined;
  readonly failure: ApiFailure | undefined;
  readonly isLoading: boolean;
  readonly again: () => void;
};

/** @param everyMs asked again so often while the page is looked at */
export function useLoad<T>(path: string | undefined, everyMs?: number): Loaded<T> {
  const [value, setValue] = useState<T | undefined>(undefined);
  const [failure, setFailure] = useState<ApiFailure | undefined>(undefined);
  const [isLoading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const shownFor = useRef<string | undefined>(undefined);
  const again = useCallback(() => setRound((before) => before + 1), []);

  useEffect(() => {
    if (path === undefined) return undefined;
    const giveUp = new AbortController();
    if (shownFor.current !== path) setLoading(true);
    read<T>(path, giveUp.signal).then(
      (told) => {
        if (giveUp.signal.aborted) return;
        shownFor.current = path;
        setValue(told);
        setFailure(undefined);
        setLoading(false);
      },
      (thrown: unknown) => {
        if (giveUp.signal.aborted) return;
        setFailure(
          thrown instanceof ApiFailure ? thrown : new ApiFailure(0, { error: String(thrown) }),
        );
        setLoading(false);
      },
    );
    return () => giveUp.abort();
  }, [path, round]);

  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") again();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, again]);

  return { value, failure, isLoading, again };
}

/** A change that was asked for: under way, done, or refused. */
export type Doing = {
  readonly isUnderWay: boolean;
  readonly failure: ApiFailure | undefined;
  readonly run: (work: () => Promise<unknown>) => void;
};

export function useDoing(): Doing {
  const [isUnderWay, setUnderWay] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | undefined>(undefined);
  const run = useCallback((work: () => Promise<unknown>) => {
    setUnderWay(true);
    setFailure(undefined);
    work().then(
      () => setUnderWay(false),
      (thrown: unknown) => {
        setUnderWay(false);
        setFailure(
          thrown instanceof ApiFailure ? thrown : new ApiFailure(0, { error: String(thrown) }),
        );
      },
    );
  }, []);
  return { isUnderWay, failure, run };
}

/** The value, once nobody has changed it for a moment. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
