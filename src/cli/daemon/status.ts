/** What the daemon says of itself on the local listener: counts and states, without a client's number. */
import type { AmiState } from "../../ami/session.ts";
import type { MirrorState } from "../../directory/mirror-state.ts";
import { isFilled } from "../../directory/mirror-state.ts";
import type { Health } from "../../http/health.ts";
import { version } from "../version.ts";
import type { DistributionCounts } from "../distribution/distribution-service.ts";

export type StatusSources = {
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly now: () => number;
  readonly ami: () => AmiState;
  readonly outbox: () => Promise<object>;
  readonly mirror: () => MirrorState | undefined;
  readonly distribution: () => DistributionCounts;
};

export async function statusOf(sources: StatusSources): Promise<object> {
  const { startedAt, now } = sources;
  return {
    version: version(),
    started_at: Math.floor(startedAt / 1_000),
    uptime_seconds: Math.floor((now() - startedAt) / 1_000),
    asterisk: tellAmi(sources.ami()),
    outbox: await sources.outbox(),
    directory: tellMirror(sources.mirror()),
    distribution: sources.distribution(),
  };
}

export const healthOf = (ami: AmiState): Health => ({
  waitingFor: ami.kind === "connected" ? [] : ["asterisk"],
});

function tellAmi(state: AmiState): object {
  switch (state.kind) {
    case "connected":
      return { state: "connected", since: Math.floor(state.since / 1_000) };
    case "waiting": {
      const { failure, retryInMs } = state;
      const retry = Math.ceil(retryInMs / 1_000);
      return {
        state: "waiting",
        failure: failure.kind,
        hint: failure.hint,
        retry_in_seconds: retry,
      };
    }
    case "idle":
    case "connecting":
    case "stopped":
      return { state: state.kind };
  }
}

const tellMirror = (mirror: MirrorState | undefined): object => ({
  state: mirror === undefined ? "unknown" : isFilled(mirror) ? "filled" : mirror.fill,
  ...(mirror === undefined
    ? {}
    : {
        read: Object.fromEntries(
          Object.entries(mirror.lists).map(([name, { read }]) => [name, read]),
        ),
      }),
});
