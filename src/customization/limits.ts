/** What a script may use of the host, and what it sees of the daemon: nothing but its input. */
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";

export const MOST_RESIDENT_BYTES = 512 * 1024 * 1024;
const MOST_HEAP_MB = 256;
const MOST_ADDRESS_BYTES = 1024 * 1024 * 1024;
const MOST_FILE_BYTES = 512 * 1024 * 1024; // a recording that is converted
const MOST_OPEN_FILES = 256;
const FURTHER_TASKS = 256; // a warm process of ours has about ten

const PRLIMIT = ["/usr/bin/prlimit", "/bin/prlimit"].find((path) => existsSync(path));

export type Limits = {
  /** How many processes and threads the user may have, all in all. */
  readonly tasks: number;
  /** A Node.js process reserves more address space than it ever uses. */
  readonly isNode: boolean;
};

/** The command that runs `argv` within its limits. */
export function limited(argv: readonly string[], { tasks, isNode }: Limits): readonly string[] {
  if (PRLIMIT === undefined) return argv;
  return [
    PRLIMIT,
    `--nproc=${tasks}`,
    `--nofile=${MOST_OPEN_FILES}`,
    `--fsize=${MOST_FILE_BYTES}`,
    "--core=0",
    ...(isNode ? [] : [`--as=${MOST_ADDRESS_BYTES}`]),
    "--",
    ...argv,
  ];
}

export const nodeFlags: readonly string[] = [
  `--max-old-space-size=${MOST_HEAP_MB}`,
  "--disable-warning=ExperimentalWarning",
  "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
];

/** The name of the variable by which every process of a run is found again. */
export const RUN_MARK = "ASTERISK_KOMMO_RUN";

/** No secrets: what the daemon was started with stays with the daemon. */
export function environment(name: string, mark: string): Record<string, string> {
  const kept = ["PATH", "LANG", "LC_ALL", "TZ"].flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    ...Object.fromEntries(kept),
    HOME: "/nonexistent",
    ASTERISK_KOMMO_CUSTOMIZATION: name,
    [RUN_MARK]: mark,
  };
}

/** RLIMIT_NPROC counts all tasks of the user, so it has to stand above those that there are. */
export async function tasksAllowed(): Promise<number> {
  const own = process.geteuid?.() ?? 0;
  let tasks = 0;
  for (const entry of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if ((await stat(`/proc/${entry}`)).uid !== own) continue;
      const status = await readFile(`/proc/${entry}/status`, "latin1");
      tasks += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 1);
    } catch {
      // It ended meanwhile.
    }
  }
  return tasks + FURTHER_TASKS;
}

const PAGE_BYTES = 4_096;

/** @returns 0 when the process is gone */
export async function residentBytes(pid: number): Promise<number> {
  try {
    const pages = (await readFile(`/proc/${pid}/statm`, "latin1")).split(" ")[1];
    return Number(pages ?? 0) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
