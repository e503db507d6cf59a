/** A standby of a throw-away PostgreSQL: made from a base backup, streaming, and promoted by the test. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { postgresPrograms, type PostgresServer } from "./postgres-server.ts";
import { freePort, newFolder, ownerFor, PASSWORD, saidReady } from "./throw-away-servers.ts";

export type PostgresReplica = {
  readonly port: number;
  /** From now on it takes writes, and follows nobody. */
  promote(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Follows `server`, which from then on confirms nothing that the standby does not have
 * (`synchronous_standby_names`).
 */
export async function startSynchronousReplica(server: PostgresServer): Promise<PostgresReplica> {
  const programs = postgresPrograms();
  const owner = ownerFor("postgres");
  const folder = newFolder(owner);
  const cluster = join(folder, "cluster");
  const from = ["--host=127.0.0.1", `--port=${server.port}`, `--username=${server.user}`];
  execFileSync(
    join(programs, "pg_basebackup"),
    [...from, "-D", cluster, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
    { ...owner, cwd: folder, stdio: "ignore", env: { ...process.env, PGPASSWORD: PASSWORD } },
  );
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
  ];
  const child = spawn(
    join(programs, "postgres"),
    ["-D", cluster, ...settings.flatMap((setting) => ["-c", setting])],
    { ...owner, cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  await saidReady(child, /ready to accept (read-only )?connections/);
  await server.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
  await server.sql("SELECT pg_reload_conf()");
  const isSynchronous = async (): Promise<boolean> => {
    const rows = await server.sql("SELECT sync_state FROM pg_stat_replication");
    return rows.some(({ sync_state: state }) => state === "sync");
  };
  while (!(await isSynchronous())) await sleep(100);

  return {
    port,
    async promote() {
      const promoting = ["promote", "-D", cluster, "--wait", "--timeout=120"];
      execFileSync(join(programs, "pg_ctl"), promoting, { ...owner, cwd: folder, stdio: "ignore" });
      await Promise.resolve();
    },
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGQUIT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
