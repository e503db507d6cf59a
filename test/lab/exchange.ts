// A real Asterisk as a child of this process: own configuration, free ports of loopback, an own
// folder that has the same name inside and outside, own mount and pid namespaces, so that nothing
// outlives it.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { SipAddress } from "./sip/agent.ts";
import { MUSIC } from "./sip/voice.ts";

export type ExchangeVersion = "16" | "22";

/** Offices 0, 1, 2: three scenarios at once, each with telephones of its own. */
export const OFFICES = [0, 1, 2] as const;
export type Office = (typeof OFFICES)[number];
export type Seat = 1 | 2 | 3 | 4 | 5 | 6;

/** Seat 6: an employee's mobile outside, behind the provider. */
export const MOBILE: Seat = 6;
/** What the exchange's administrator writes down for all mobiles of employees. */
export const MOBILES = "8123456XXXX";

/** "101" … "105", "111" …: seat 5 is never registered. */
export const extensionOf = (office: Office, seat: Seat): string =>
  seat === MOBILE ? `812345600${office}6` : `1${office}${seat}`;
export const passwordOf = (extension: string): string => `lab-${extension}`;
export const AMI_SECRET = "lab-secret";

/** Telephones that register. */
export const DESKS: readonly Seat[] = [1, 2, 3, 4];
export const SEATS_WITH_TELEPHONE: readonly Seat[] = [...DESKS, MOBILE];
const SEATS: readonly Seat[] = [...DESKS, 5];
const CONFIG = join(import.meta.dirname, "config");

export type Exchange = {
  readonly amiPort: number;
  readonly sip: SipAddress;
  /** What Asterisk writes: folders (MixMonitor, VoiceMail) and a file. It names them as this host does. */
  readonly recordings: string;
  readonly voiceMessages: string;
  readonly cel: string;
  /** Resolves when the process has ended. */
  kill(): Promise<void>;
  /** Starts the process again after `kill`, with the same ports and folder. */
  start(): void;
  stop(): Promise<void>;
  /** What Asterisk itself complained about: for the message of a failed test. */
  complaints(): Promise<string>;
};

/** Where test/lab/build.sh put this version. @throws a sentence that says what to do */
export function builtSystem(version: ExchangeVersion): string {
  const cache =
    process.env["ASTERISK_LAB_CACHE"] ??
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "asterisk-kommo", "lab");
  const root = join(cache, `asterisk-${version}`);
  if (process.getuid?.() !== 0)
    throw new Error("The live lab needs root (chroot and mount): run it as root.");
  if (!existsSync(join(root, "usr/sbin/asterisk")))
    throw new Error(
      `There is no Asterisk ${version} in ${cache}: run test/lab/build.sh ${version}.`,
    );
  return root;
}

/** @param root what `builtSystem` found */
export async function startExchange(root: string, provider: SipAddress): Promise<Exchange> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-lab-"));
  const amiPort = await freeTcpPort();
  const sip: SipAddress = { host: "127.0.0.1", port: await freeUdpPort() };
  await layOut(folder);
  await writeConfiguration(join(folder, "etc"), {
    LAB: folder,
    MODULES: await modulesIn(root),
    AMI_PORT: String(amiPort),
    AMI_SECRET,
    SIP_PORT: String(sip.port),
    PROVIDER_PORT: String(provider.port),
    TELEPHONES: telephoneSections(),
    QUEUES: queueSections(),
    LOTS: lotSections(),
  });

  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  const start = (): void => {
    const running = launch(root, folder);
    child = running;
    ended = new Promise((resolve) => running.once("exit", () => resolve()));
  };
  const kill = async (): Promise<void> => {
    child?.kill("SIGKILL"); // unshare takes all of its pid namespace along
    await ended;
  };

  start();
  return {
    amiPort,
    sip,
    recordings: join(folder, "spool/monitor"),
    voiceMessages: join(folder, "spool/voicemail/default"),
    cel: join(folder, "log/cel-custom/cel.csv"),
    kill,
    start,
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
    complaints: async () =>
      await readFile(join(folder, "log/messages"), "utf8").catch(() => "(Asterisk wrote no log)"),
  };
}

function launch(root: string, folder: string): ChildProcess {
  // The shell stays as the first process of the pid namespace: when it is killed, the kernel ends
  // all the others. Asterisk itself would lose the parent-death signal at `core restart now`.
  const inside = [
    'mount -t tmpfs tmpfs "$1/tmp"',
    'mkdir -p "$1$2"',
    'mount --bind "$2" "$1$2"',
    'mount -t proc proc "$1/proc"',
    "ulimit -n 8192",
    'chroot "$1" /usr/sbin/asterisk -f -U root -G root -C "$2/etc/asterisk.conf"',
    "exit $?",
  ].join("\n");
  const unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"];
  // setpriv: if this process is killed, Asterisk goes with it
  return spawn(
    "setpriv",
    ["--pdeathsig", "KILL", ...unshare, "sh", "-e", "-c", inside, "sh", root, folder],
    { stdio: "ignore" },
  );
}

async function layOut(folder: string): Promise<void> {
  const folders = ["etc", "var", "run", "music", "log/cel-custom", "spool/monitor"];
  for (const name of folders) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, "music/music.ulaw"), Buffer.alloc(8_000 * 60, MUSIC));
}

async function writeConfiguration(
  target: string,
  words: Readonly<Record<string, string>>,
): Promise<void> {
  for (const name of await readdir(CONFIG)) {
    const text = await readFile(join(CONFIG, name), "utf8");
    const filled = text.replace(/@([A-Z_]+)@/g, (_, word: string) => words[word] ?? "");
    await writeFile(join(target, name), filled);
  }
}

async function modulesIn(root: string): Promise<string> {
  const folders = [
    "asterisk",
    ...(await readdir(join(root, "usr/lib"))).map((n) => `${n}/asterisk`),
  ];
  const found = folders.find((folder) => existsSync(join(root, "usr/lib", folder, "modules")));
  if (found) return `/usr/lib/${found}/modules`;
  throw new Error(`${root} has no modules of Asterisk: delete it and run test/lab/build.sh again.`);
}

const sections = (list: readonly (readonly string[])[]): string =>
  list.map((lines) => lines.join("\n")).join("\n\n");

function telephoneSections(): string {
  const one = (office: Office, seat: Seat): string[] => {
    const extension = extensionOf(office, seat);
    return [
      `[${extension}](telephone)`,
      `inbound_auth/username = ${extension}`,
      `inbound_auth/password = ${passwordOf(extension)}`,
      `endpoint/callerid = "Seat ${seat} of office ${office}" <${extension}>`,
      `endpoint/call_group = ${office + 1}`,
      `endpoint/pickup_group = ${office + 1}`,
      // A transfer to any lot's extension parks in the lot of the channel that transfers.
      `endpoint/set_var = CHANNEL(parkinglot)=${lotOf(office)}`,
    ];
  };
  return sections(OFFICES.flatMap((office) => SEATS.map((seat) => one(office, seat))));
}

function queueSections(): string {
  const one = (office: Office): string[] => [
    `[6${office}0](queue)`,
    ...[1, 2, 3].map((seat) => `member => PJSIP/1${office}${seat}`),
    "",
    `[6${office}1](queue)`,
    ...[1, 2].map((seat) => `member => Local/1${office}${seat}@from-internal/n`),
  ];
  return sections(OFFICES.map(one));
}

/** Asterisk makes a lot "default" at 700 in any case. */
const lotOf = (office: Office): string => (office === 0 ? "default" : `lot-${office}`);

function lotSections(): string {
  const one = (office: Office): string[] => [
    `[${lotOf(office)}]`,
    `parkext => 7${office}0`,
    `parkpos => 7${office}1-7${office}9`,
    "context => parkedcalls",
    "parkingtime => 3",
    "comebacktoorigin = yes",
    "comebackdialtime = 6",
  ];
  return sections(OFFICES.map(one));
}

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
