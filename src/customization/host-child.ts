/**
 * The process that runs all customizations: starting a process holds up whoever does it for
 * milliseconds, so the daemon does not. Started by hosted.ts, never imported. Lines on file descriptor 3:
 * host-protocol.ts says which.
 */
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { createCustomizations } from "./customizations.ts";
import {
  askToWarm,
  readAsked,
  readBounds,
  rulesOf,
  type HostSettings,
  type ToDaemon,
} from "./host-protocol.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as HostSettings;
const wire = new Socket({ fd: 3, readable: true, writable: true });
const tell = (message: ToDaemon): void => void wire.write(`${JSON.stringify(message)}\n`);

const rules = rulesOf(settings);
const customizations = createCustomizations({
  path: settings.path,
  off: settings.off,
  limitMs: (name) => settings.limitsMs[name],
  ...{ rules },
  now: () => Date.now(),
  onNews: (news) => tell({ kind: "news", news }),
});

/** The daemon is gone, or wants it so: nothing of ours stays. */
let isEnding = false;
const end = (): void => {
  if (isEnding) return;
  isEnding = true;
  void customizations.stop().finally(() => setTimeout(() => process.exit(0), 50));
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
wire.on("error", end);
wire.on("close", end);

const lines = createInterface({ input: wire, crlfDelay: Infinity });
lines.on("error", end); // those of the wire, told a second time
lines.on("line", (line) => {
  if (line === askToWarm) {
    void customizations.warm().then(() => tell({ kind: "warm" }));
    return;
  }
  const bounds = readBounds(line);
  if (bounds !== undefined) {
    Object.assign(rules, rulesOf(bounds));
    return;
  }
  const { id, name, input } = readAsked(line);
  void customizations.runSpelt(name, input).then((result) => tell({ kind: "result", id, result }));
});
