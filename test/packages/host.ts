// A host of its own for a test: a copy of a bare Debian that commands run in, where a stand-in for
// systemd runs the service as its unit says. Exports `openHost`, and where the built packages are.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "../cli/spawned.ts";
import { createSystemd, type Systemd } from "../service/systemd.ts";
import { readUnit } from "../service/unit-file.ts";

export type Host = {
  readonly root: string;
  /** As root, as on a terminal of the host. `isOffline`: there is not even a network to ask. */
  run(command: readonly string[], options?: { readonly isOffline?: boolean }): Promise<Outcome>;
  /** A file of the host. */
  path(name: string): string;
  /** What systemctl was told, in order: "start", "try-restart". */
  readonly told: readonly string[];
  /** Once the package is installed. */
  service(): Promise<Systemd>;
  close(): Promise<void>;
};

export type HostOptions = {
  /** A system that is copied. */
  readonly base: string;
  /** Folders of this machine that the host has under the same name, or another. */
  readonly shared?: readonly (readonly [from: string, to: string])[];
};

const PACKAGES = join(import.meta.dirname, "../../packages");
const UNIT = "usr/lib/systemd/system/asterisk-kommo.service";

/** @throws a sentence that says what to do, where it was not built */
export async function builtPackage(ending: string, folder = ""): Promise<string> {
  const names = await readdir(join(PACKAGES, folder)).catch(() => []);
  const found = names.find((name) => name.endsWith(ending));
  if (found === undefined)
    throw new Error(`There is no *${ending} in packages/${folder}: run npm run test:packages.`);
  return join(PACKAGES, folder, found);
}

/** @throws a sentence that says what to do */
export function bareDebian(release: "12" | "13"): string {
  const cache =
    process.env["ASTERISK_KOMMO_CHROOTS"] ??
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "asterisk-kommo/chroots");
  const base = join(cache, `debian-${release}`);
  if (process.getuid?.() !== 0)
    throw new Error("Trying packages needs root (chroot and mount): run it as root.");
  if (existsSync(base)) return base;
  throw new Error(
    `There is no Debian ${release} in ${cache}: run test/packages/build.sh ${release}.`,
  );
}

const ENTER = `
root=$1; shift
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 2
done
shift
exec chroot "$root" "$@"
`;
const SERVICE_USER = [
  ...["setpriv", "--reuid=asterisk-kommo", "--regid=asterisk-kommo", "--init-groups"],
  ...["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"],
];

export async function openHost({ base, shared = [] }: HostOptions): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-host-"));
  const root = join(folder, "root");
  const copied = await run("cp", ["-a", "--reflink=auto", base, root]);
  if (copied.code !== 0) throw new Error(copied.err);
  const path = (name: string): string => join(root, name);
  await mkdir(path("run/systemd/system"), { recursive: true });
  await mkdir(path("run/stand-in"), { recursive: true });
  await copyFile(join(import.meta.dirname, "systemctl"), path("usr/local/bin/systemctl"));
  await chmod(path("usr/local/bin/systemctl"), 0o755);

  const enter = (isOffline: boolean): string[] => [
    ...["unshare", "--mount", ...(isOffline ? ["--net"] : [])],
    ...["sh", "-e", "-c", ENTER, "sh", root, ...shared.flat(), "--"],
  ];
  const told: string[] = [];
  let opening: Promise<Systemd> | undefined;
  const service = (): Promise<Systemd> => (opening ??= openService());

  async function openService(): Promise<Systemd> {
    const unit = readUnit(path(UNIT));
    const hasNotify = existsSync(path("usr/bin/systemd-notify"));
    return createSystemd({
      unit,
      socket: path("run/stand-in/notify"),
      socketInside: "/run/stand-in/notify",
      command: [...enter(false), ...SERVICE_USER, ...(unit.one("ExecStart") ?? "").split(" ")],
      environment: {},
      ...(hasNotify ? {} : { readyLine: '"msg":"ready"' }),
    });
  }

  /** @returns the exit code */
  async function act(verb: string): Promise<number> {
    told.push(verb);
    const running = await service();
    const isActive = running.pid() !== 0;
    if (verb === "is-active") return isActive ? 0 : 3;
    if (verb === "reload") {
      running.reload();
      return 0;
    }
    if (isActive && verb !== "start") await running.stop();
    const hasCondition = existsSync(path("etc/asterisk-kommo/config.json"));
    const starts = verb === "start" || verb === "restart" || (verb === "try-restart" && isActive);
    if (starts && hasCondition && running.pid() === 0) await running.start();
    return 0;
  }

  const standIn = path("run/stand-in");
  let isClosed = false;
  const answering = (async () => {
    while (!isClosed) {
      for (const name of await readdir(standIn)) {
        if (!name.endsWith(".request")) continue;
        const verb = (await readFile(join(standIn, name), "utf8")).trim();
        await rm(join(standIn, name));
        const code = await act(verb).catch(() => 1);
        const answer = join(standIn, name.replace(".request", ".answer"));
        await writeFile(`${answer}.part`, String(code));
        await rename(`${answer}.part`, answer);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();

  return {
    ...{ root, path, told, service },
    run(command, { isOffline = false } = {}) {
      const [program = "", ...args] = [...enter(isOffline), ...command];
      return run(program, args);
    },
    async close() {
      isClosed = true;
      await answering;
      if (opening !== undefined) await (await opening).close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  DEBIAN_FRONTEND: "noninteractive",
};

function run(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: ENVIRONMENT });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}
