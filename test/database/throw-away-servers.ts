/**
 * Real database servers for tests: a cluster of their own in a temporary folder, on a free port of
 * 127.0.0.1, ended by their process id. Where the programs are missing, tests fail and say what to install.
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

export type TestServer = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly stop: () => Promise<void>;
};

export const PASSWORD = "test-password";

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** The servers refuse to run as root: then as the user that their package made. */
export function ownerFor(name: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ["-u", "-g"].map((flag) =>
    Number(execFileSync("id", [flag, name], { encoding: "utf8" })),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

export function newFolder(owner: { uid?: number; gid?: number }): string {
  const folder = mkdtempSync(join(tmpdir(), "database-"));
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid ?? owner.uid);
  return folder;
}

export function programOf(what: string, paths: readonly string[], packageName: string): string {
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(`this test needs ${what}: apt-get install ${packageName}`);
}

export async function startMariadb(): Promise<TestServer> {
  const server = programOf("MariaDB", ["/usr/sbin/mariadbd", "/usr/sbin/mysqld"], "mariadb-server");
  const installer = programOf(
    "MariaDB",
    ["/usr/bin/mariadb-install-db", "/usr/bin/mysql_install_db"],
    "mariadb-server",
  );
  const owner = ownerFor("mysql");
  const folder = newFolder(owner);
  const cluster = join(folder, "cluster");
  const user = process.getuid?.() === 0 ? "mysql" : userInfo().username;
  execFileSync(
    installer,
    [
      "--no-defaults",
      `--datadir=${cluster}`,
      `--user=${user}`,
      "--skip-test-db",
      "--auth-root-authentication-method=normal",
    ],
    { ...owner, cwd: folder, stdio: "ignore" },
  );
  const start = join(folder, "start.sql");
  writeFileSync(
    start,
    `CREATE DATABASE asteriskcdrdb CHARACTER SET utf8mb4;\nCREATE USER 'test'@'%' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON *.* TO 'test'@'%';\n`,
  );
  const port = await freePort();
  const child = spawn(
    server,
    [
      "--no-defaults",
      `--datadir=${cluster}`,
      `--user=${user}`,
      "--bind-address=127.0.0.1",
      `--port=${port}`,
      `--socket=${join(folder, "socket")}`,
      `--pid-file=${join(folder, "pid")}`,
      `--init-file=${start}`,
      "--innodb-flush-log-at-trx-commit=0",
      "--skip-name-resolve",
    ],
    { ...owner, cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  await saidReady(child, /ready for connections/);
  return {
    host: "127.0.0.1",
    port,
    user: "test",
    password: PASSWORD,
    database: "asteriskcdrdb",
    stop: stopper(child, "SIGTERM", folder),
  };
}

export function saidReady(child: ChildProcess, words: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-20_000);
      if (words.test(said)) resolve();
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the server ended: ${said.slice(-2_000)}`)));
  });
}

const stopper =
  (child: ChildProcess, signal: "SIGINT" | "SIGTERM", folder: string) =>
  async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
