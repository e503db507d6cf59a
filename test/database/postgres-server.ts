/**
 * A PostgreSQL cluster of its own for a test file: in a temporary folder, on a free port of 127.0.0.1.
 * It can be stopped in any way a real one is, and started again with what it had.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { codeOf } from "../../src/lib/failure.ts";
import {
  freePort,
  newFolder,
  ownerFor,
  PASSWORD,
  programOf,
  saidReady,
} from "./throw-away-servers.ts";
import type { TestServer } from "./throw-away-servers.ts";

export type PostgresServer = TestServer & {
  readonly url: string;
  /** As the superuser, beside whatever the test does. @returns the rows */
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  /** "fast" ends what is under way; "immediate" is a crash: the next start recovers. */
  halt(mode: "fast" | "immediate"): Promise<void>;
  /** After `halt`, with what it had. */
  start(): Promise<void>;
  /** All its processes stand still, and the connections stay: a host that hangs. */
  freeze(): void;
  thaw(): void;
};

export function postgresPrograms(): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort() : [];
  const paths = versions.map((version) => join(root, version, "bin/initdb"));
  return join(programOf("PostgreSQL", paths.reverse(), "postgresql"), "..");
}

export type PostgresOptions = {
  /** Further lines of postgresql.conf, "max_connections=10". */
  readonly settings?: readonly string[];
};

/** With fsync on, as a real one: what it has confirmed outlives its own death. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const programs = postgresPrograms();
  const owner = ownerFor("postgres");
  const folder = newFolder(owner);
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, PASSWORD);
  const cluster = join(folder, "cluster");
  const superuser = ["--username=test", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  execFileSync(
    join(programs, "initdb"),
    ["-D", cluster, ...superuser, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"],
    { ...owner, cwd: folder, stdio: "ignore" },
  );
  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    ...(options.settings ?? []),
  ];
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn(
      join(programs, "postgres"),
      ["-D", cluster, ...settings.flatMap((setting) => ["-c", setting])],
      { ...owner, cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
    );
    await saidReady(child, /ready to accept connections/);
  }

  async function halt(mode: "fast" | "immediate"): Promise<void> {
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
    child = undefined;
  }

  /** The server's own, and those that it started. */
  function processes(): number[] {
    const main = child?.pid;
    if (main === undefined) return [];
    const parentOf = (pid: string): number => {
      try {
        return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
      } catch {
        return 0; // ended meanwhile
      }
    };
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return [main, ...all.filter((pid) => parentOf(pid) === main).map(Number)];
  }

  const url = `postgres://test:${PASSWORD}@127.0.0.1:${port}/postgres`;
  await start();
  return {
    ...{ host: "127.0.0.1", port, user: "test", password: PASSWORD, database: "postgres" },
    ...{ url, start, halt },
    async sql(text) {
      const client = new pg.Client({ connectionString: url });
      client.on("error", () => undefined);
      await client.connect();
      try {
        return (await client.query(text)).rows as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    },
    freeze: () => processes().forEach((pid) => signal(pid, "SIGSTOP")),
    thaw: () => processes().forEach((pid) => signal(pid, "SIGCONT")),
    async stop() {
      processes().forEach((pid) => signal(pid, "SIGCONT"));
      await halt("immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One that a connection had may have ended since it was listed. */
function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if (codeOf(thrown) !== "ESRCH") throw thrown;
  }
}
