/**
 * Figures in the text format of Prometheus: counters and histograms that are told as things happen,
 * gauges that are read when somebody asks. Exports `createMetrics`, and `textOf` for several of them. No
 * figure has a client in it.
 *
 * @source Prometheus, "Exposition formats", text format 0.0.4
 */

/** Values of the labels, in the order in which the family names them. */
type LabelValues = readonly string[];

export type Counter = { add(by: number, ...values: LabelValues): void };
export type Histogram = { observe(value: number, ...values: LabelValues): void };

/** What a gauge or a counter is now: one number, or one for each set of label values. */
export type Reading = number | undefined | readonly (readonly [LabelValues, number])[];

export type Family = {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
};

export type Metrics = {
  /**
   * @param family.from label values that are told from the beginning as 0: what is first told as 1 was,
   *   to Prometheus, never counted
   * @throws when the name is taken or none
   */
  counter(family: Family & { readonly from?: readonly LabelValues[] }): Counter;
  /** @param family.buckets upper bounds, the smallest first; +Inf is added */
  histogram(family: Family & { readonly buckets: readonly number[] }): Histogram;
  /** Asked at each `text`; undefined: there is no such figure now. */
  read(family: Family & { readonly type: "counter" | "gauge" }, read: () => Reading): void;
  /** What there is to tell now, by name. */
  families(): ReadonlyMap<string, Told>;
};

type Told = { readonly head: string; readonly samples: readonly string[] };

/** One text of all: a family that several have is told once, with the samples of each. */
export function textOf(all: readonly Metrics[]): string {
  const merged = new Map<string, { readonly head: string; readonly samples: string[] }>();
  for (const [name, { head, samples }] of all.flatMap((metrics) => [...metrics.families()])) {
    const family = merged.get(name) ?? { head, samples: [] };
    merged.set(name, family);
    for (const line of samples) family.samples.push(line);
  }
  return [...merged.values()]
    .map(({ head, samples }) => head + samples.map((line) => `${line}\n`).join(""))
    .join("");
}

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const SEPARATOR = "\u0000";

/** @param common labels that every sample has, as which account it is of */
export function createMetrics(common: Readonly<Record<string, string>> = {}): Metrics {
  const families = new Map<string, () => Told | undefined>();
  const own = Object.entries(common).map(([label, value]) => `${label}="${escaped(value)}"`);

  /** @param read undefined: the family is left out */
  function add(family: Family, type: string, read: () => readonly Sample[] | undefined): void {
    const { name, help } = family;
    if (!/^[a-z_][a-z0-9_]*$/.test(name) || families.has(name))
      throw new Error(`a family of figures cannot have this name: ${name}`);
    const head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    families.set(name, () => {
      const samples = read()?.map((one) => line(one, own));
      return samples && { head, samples };
    });
  }

  return {
    counter(family) {
      const { labels, from = labels === undefined ? [[]] : [] } = family;
      const counts = new Map(from.map((values) => [values.join(SEPARATOR), 0]));
      add(family, "counter", () =>
        [...counts].map(([key, count]) => sample(family, key.split(SEPARATOR), count)),
      );
      return {
        add(by, ...values) {
          const key = values.join(SEPARATOR);
          counts.set(key, (counts.get(key) ?? 0) + by);
        },
      };
    },
    histogram(family) {
      const series = new Map<string, Series>();
      const { buckets } = family;
      if (family.labels === undefined) series.set("", newSeries(buckets));
      add(family, "histogram", () =>
        [...series].flatMap(([key, one]) =>
          histogramSamples(family, buckets, { values: key.split(SEPARATOR), ...one }),
        ),
      );
      return {
        observe(value, ...values) {
          const key = values.join(SEPARATOR);
          const one = series.get(key) ?? newSeries(buckets);
          if (one.count === 0) series.set(key, one);
          one.count += 1;
          one.sum += value;
          const place = buckets.findIndex((bound) => value <= bound);
          if (place >= 0) one.inBucket[place] = (one.inBucket[place] ?? 0) + 1;
        },
      };
    },
    read(family, read) {
      add(family, family.type, () => {
        const reading = read();
        if (reading === undefined) return undefined;
        const rows = typeof reading === "number" ? [[[], reading] as const] : reading;
        return rows.map(([values, value]) => sample(family, values, value));
      });
    },
    families: () =>
      new Map(
        [...families].flatMap(([name, tell]) => {
          const told = tell();
          return told === undefined ? [] : [[name, told] as const];
        }),
      ),
  };
}

type Series = { count: number; sum: number; readonly inBucket: number[] };
const newSeries = (buckets: readonly number[]): Series => ({
  ...{ count: 0, sum: 0 },
  inBucket: buckets.map(() => 0),
});

type Sample = {
  readonly name: string;
  readonly labels: readonly string[];
  readonly value: number;
};

function histogramSamples(
  { name, labels = [], help }: Family,
  buckets: readonly number[],
  { values, count, sum, inBucket }: Series & { readonly values: LabelValues },
): Sample[] {
  const bounded = { name: `${name}_bucket`, help, labels: [...labels, "le"] };
  const own = labels.length === 0 ? [] : values;
  let below = 0;
  return [
    ...buckets.map((bound, place) => {
      below += inBucket[place] ?? 0;
      return sample(bounded, [...own, String(bound)], below);
    }),
    sample(bounded, [...own, "+Inf"], count),
    sample({ name: `${name}_sum`, help, labels }, own, sum),
    sample({ name: `${name}_count`, help, labels }, own, count),
  ];
}

const sample = ({ name, labels = [] }: Family, values: LabelValues, value: number): Sample => ({
  name,
  labels: labels.map((label, place) => `${label}="${escaped(values[place] ?? "")}"`),
  value,
});

function line({ name, labels, value }: Sample, common: readonly string[]): string {
  const told = [...common, ...labels];
  return `${name}${told.length === 0 ? "" : `{${told.join(",")}}`} ${String(value)}`;
}

const escaped = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
