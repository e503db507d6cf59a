// In the daemon's place: runs every script of a folder once, and says what came of each.
import { readdirSync, readFileSync } from "node:fs";
import { createCustomizations } from "../../src/customization/customizations.ts";

const [folder = ""] = process.argv.slice(2);
const customizations = createCustomizations({
  path: folder,
  limitMs: () => 15_000,
  rules: { isExtension: () => true, recordingRoots: [] },
  now: () => Date.now(),
  onNews: () => undefined,
});

/** Processes of this user in this namespace that are none of ours. */
function left(): number {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
        const words = readFileSync(`/proc/${entry}/cmdline`, "latin1");
        return (
          !stat.includes(") Z") && !words.includes("run-scripts") && !words.includes("warm-child")
        );
      } catch {
        return false;
      }
    }).length;
}

for (const { name } of customizations.list()) {
  const result = await customizations.run(name, { phone: "1" });
  const why = result.kind === "failed" ? `${result.why}: ${result.reason}` : JSON.stringify(result);
  let rest = left();
  for (let round = 0; round < 500 && rest > 0; round++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    rest = left();
  }
  process.stdout.write(`${name} ${result.kind} ${why} ${rest} left\n`);
}
await customizations.stop();
