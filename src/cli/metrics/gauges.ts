/** What is read when somebody asks for figures: how things stand now. Exports `readGauges`. */
import { isFilled } from "../../directory/mirror-state.ts";
import type { Metrics, Reading } from "../../lib/metrics.ts";
import type { OutboxState } from "../../outbox/queries.ts";
import type { ExchangeSource, StatusSources, StoreRoom } from "../daemon/status.ts";

/** What has to be waited for; read before each telling. */
export type Gathered = {
  readonly outbox: OutboxState | undefined;
  readonly room: StoreRoom | undefined;
};

export type GaugeSources = Pick<
  StatusSources,
  "now" | "exchanges" | "toAccept" | "kommo" | "halt" | "mirror" | "distribution"
> & { readonly gathered: () => Gathered };

export function readGauges(metrics: Metrics, sources: GaugeSources): void {
  const { gathered } = sources;
  const read =
    (type: "gauge" | "counter") =>
    (name: string, help: string, reading: () => Reading): void =>
      metrics.read({ name: `asterisk_kommo_${name}`, help, type }, reading);
  const gauge = read("gauge");
  const counter = read("counter");

  readExchanges(metrics, sources.exchanges);
  gauge("calls_to_accept", "Calls that are over and wait to be accepted.", sources.toAccept);

  gauge("request_budget_per_second", "Requests a second that Kommo may be sent now.", () => {
    const { perSecond } = sources.kommo();
    return perSecond;
  });
  gauge("requests_waiting", "Requests that wait for a place in the budget.", () => {
    const { waiting } = sources.kommo();
    return waiting;
  });
  gauge("kommo_halted", "1: Kommo takes nothing until somebody acts.", () =>
    sources.halt() === null ? 0 : 1,
  );

  metrics.read(
    {
      ...{ name: "asterisk_kommo_outbox_steps", type: "gauge", labels: ["state"] },
      help: "Steps that are not done; unknown: perhaps done, to be looked up.",
    },
    () => {
      const { outbox } = gathered();
      if (outbox === undefined) return undefined;
      const { ready, sending, unknown, setAside } = outbox;
      return [
        [["ready"], ready],
        [["sending"], sending],
        [["unknown"], unknown],
        [["set-aside"], setAside],
      ];
    },
  );
  gauge("outbox_oldest_age_seconds", "Since when the oldest step waits; 0: none does.", () => {
    const { outbox } = gathered();
    if (outbox === undefined) return undefined;
    const { oldestReadyAt = sources.now() } = outbox;
    return Math.max(0, sources.now() - oldestReadyAt) / 1_000;
  });

  gauge("store_bytes", "Size of the store and its log.", () => gathered().room?.bytes);
  gauge("store_free_bytes", "Room on the store's disk.", () => gathered().room?.freeBytes);

  gauge("directory_filled", "1: the copy of Kommo's cards is whole.", () => {
    const mirror = sources.mirror();
    return mirror !== undefined && isFilled(mirror) ? 1 : 0;
  });
  counter("distribution_asked_total", "Questions who should get a caller.", () => {
    const { asked } = sources.distribution();
    return asked;
  });
  counter("distribution_given_total", "Of these, answered with an extension.", () => {
    const { given } = sources.distribution();
    return given;
  });
  counter(
    "distribution_late_total",
    "Of these, answered at the limit, not all being known.",
    () => {
      const { late } = sources.distribution();
      return late;
    },
  );
}

/** Without a label where the only exchange has no name. */
function readExchanges(metrics: Metrics, exchanges: GaugeSources["exchanges"]): void {
  const [first] = exchanges;
  const isNamed = first?.name !== undefined;
  const read = (
    { labels = [], ...family }: Parameters<Metrics["read"]>[0],
    of: (exchange: ExchangeSource) => readonly (readonly [readonly string[], number])[],
  ): void =>
    metrics.read(
      {
        ...family,
        ...{ name: `asterisk_kommo_${family.name}` },
        ...(isNamed || labels.length > 0
          ? { labels: [...(isNamed ? ["exchange"] : []), ...labels] }
          : {}),
      },
      () =>
        exchanges.flatMap((exchange) =>
          of(exchange).map(
            ([values, count]) =>
              [[...(isNamed ? [exchange.name ?? ""] : []), ...values], count] as const,
          ),
        ),
    );
  read({ name: "live_calls", type: "gauge", help: "Calls that go on now." }, ({ running }) => [
    [[], running()],
  ]);
  read(
    {
      ...{ name: "ami_connected", type: "gauge" },
      help: "1: connected to the exchange and logged in.",
    },
    ({ session }) => [[[], session.state().kind === "connected" ? 1 : 0]],
  );
  read(
    { name: "ami_connections_total", type: "counter", help: "Logins at the exchange." },
    ({ session }) => [[[], session.counters().logins]],
  );
  read(
    {
      ...{ name: "ami_losses_total", type: "counter" },
      help: "Connections to the exchange that broke.",
    },
    ({ session }) => [[[], session.counters().losses]],
  );
  read(
    {
      ...{ name: "ami_discarded_total", type: "counter", labels: ["reason"] },
      help: "Messages of the exchange that could not be read: too long, no message of its own, an answer nobody waits for.",
    },
    ({ session }) => {
      const { oversize, forged, unmatched } = session.counters();
      return [
        [["oversize"], oversize],
        [["forged"], forged],
        [["unmatched"], unmatched],
      ];
    },
  );
}
