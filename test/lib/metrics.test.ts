// Figures as Prometheus reads them.
import { expect, test } from "@jest/globals";
import { createMetrics, textOf } from "../../src/lib/metrics.ts";

test("a counter without labels is there before anything was counted", () => {
  const metrics = createMetrics();
  const counter = metrics.counter({ name: "calls_total", help: "Calls." });

  const before = textOf([metrics]);
  counter.add(2);

  expect(before).toBe("# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total 0\n");
  expect(textOf([metrics])).toContain("calls_total 2\n");
});

test("label values that are known beforehand begin at 0, others when they are first told", () => {
  const metrics = createMetrics();
  const counter = metrics.counter({
    ...{ name: "steps_total", help: "Steps.", labels: ["outcome"] },
    from: [["done"]],
  });

  counter.add(1, "set-aside");

  expect(textOf([metrics]).split("\n").slice(2, 4)).toEqual([
    'steps_total{outcome="done"} 0',
    'steps_total{outcome="set-aside"} 1',
  ]);
});

test("what a script could have named cannot break out of its label", () => {
  const metrics = createMetrics();
  metrics.counter({ name: "odd_total", help: "Odd.", labels: ["what"] }).add(1, 'a"b\\c\nd');

  expect(textOf([metrics])).toContain('odd_total{what="a\\"b\\\\c\\nd"} 1\n');
});

test("a histogram counts a value in its bucket and in all larger ones; the bound belongs to it", () => {
  const metrics = createMetrics();
  const lag = metrics.histogram({
    ...{ name: "lag_seconds", help: "Lag.", labels: ["line"], buckets: [1, 5] },
  });

  for (const seconds of [0.5, 1, 1.5, 7]) lag.observe(seconds, "a");

  expect(textOf([metrics]).split("\n").slice(2, 7)).toEqual([
    'lag_seconds_bucket{line="a",le="1"} 2',
    'lag_seconds_bucket{line="a",le="5"} 3',
    'lag_seconds_bucket{line="a",le="+Inf"} 4',
    'lag_seconds_sum{line="a"} 10',
    'lag_seconds_count{line="a"} 4',
  ]);
});

test("a gauge is read when somebody asks; one that has nothing to tell is left out", () => {
  const metrics = createMetrics();
  let now: number | undefined = 3;
  metrics.read({ name: "live", help: "Live.", type: "gauge" }, () => now);
  metrics.read({ name: "steps", help: "Steps.", type: "gauge", labels: ["state"] }, () => [
    [["ready"], 2],
  ]);

  const first = textOf([metrics]);
  now = undefined;

  expect(first).toContain("live 3\n");
  expect(first).toContain('steps{state="ready"} 2\n');
  expect(textOf([metrics])).not.toContain("live");
});

test("a name is given once, and is one that Prometheus takes", () => {
  const metrics = createMetrics();
  metrics.counter({ name: "calls_total", help: "Calls." });

  expect(() => metrics.counter({ name: "calls_total", help: "Again." })).toThrow("calls_total");
  expect(() => metrics.counter({ name: "no-name", help: "Dash." })).toThrow("no-name");
});

test("several accounts are told in one text, each family once, each sample with its account", () => {
  const [acme, beta] = ["acme", "beta"].map((account) => createMetrics({ account }));
  if (acme === undefined || beta === undefined) throw new Error("there are two");
  for (const metrics of [acme, beta]) metrics.counter({ name: "calls_total", help: "Calls." });
  beta.read({ name: "of_one", help: "Of one.", type: "gauge", labels: ["a"] }, () => [[["b"], 2]]);

  const text = textOf([acme, beta]);

  expect(text).toBe(
    [
      "# HELP calls_total Calls.",
      "# TYPE calls_total counter",
      'calls_total{account="acme"} 0',
      'calls_total{account="beta"} 0',
      "# HELP of_one Of one.",
      "# TYPE of_one gauge",
      'of_one{account="beta",a="b"} 2',
      "",
    ].join("\n"),
  );
});
