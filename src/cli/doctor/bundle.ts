/**
 * What support needs to see of an installation, in one file, with nothing secret in it: no secret of the
 * configuration, no number of a client or employee, no name of a client. Exports `writeBundle`.
 */
import { execFile } from "node:child_process";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { arch, loadavg, totalmem, uptime } from "node:os";
import { basename, join } from "node:path";
import type { Config } from "../../config/keys.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import { placeInWords } from "../../config/problem.ts";
import { allKeys } from "../../config/keys.ts";
import { parseState, stateCounts } from "../../outbox/queries.ts";
import { sql } from "../../store/store.ts";
import { codeOf, failed, succeeded, toError, type Result } from "../../lib/failure.ts";
import type { Redactor } from "../../lib/redact.ts";
import { maskPhone } from "../../lib/phone.ts";
import { withStoreBeside } from "../store-beside.ts";
import { version } from "../version.ts";
import { tarGz, type TarEntry } from "./tar-gz.ts";
import { stateFolderOf } from "../../store/open-store.ts";

export type BundleGiven = {
  readonly file: string;
  readonly now: Date;
  /** Knows the secrets. */
  readonly redactor: Redactor;
  /** What the doctor found, safe to show. */
  readonly findings: unknown;
  readonly report: string;
  /** undefined: the configuration is not good, and only its problems are told. */
  readonly loaded: LoadedConfig | undefined;
};

/** @returns the failure's sentence, for the terminal */
export async function writeBundle(given: BundleGiven): Promise<Result<undefined, string>> {
  const { file, now, redactor, loaded } = given;
  const inside = "asterisk-kommo-bundle";
  const parts: [string, string][] = [
    ["doctor.txt", given.report],
    ["doctor.json", json(given.findings)],
    ["host.json", json(await aboutHost())],
    ["log.txt", safeLines(await lastLog(), redactor)],
  ];
  if (loaded !== undefined) {
    parts.push(["configuration.json", json(inForce(loaded))]);
    parts.push(["store.json", safeLines(json(await aboutStore(loaded.config)), redactor)]);
    parts.push(["files.txt", await filesBeside(loaded.config)]);
  }
  const entries = parts.map(([name, text]): TarEntry => ({
    name: `${inside}/${name}`,
    text: hideNumbers(text),
  }));
  try {
    await writeFile(file, tarGz(entries, now), { flag: "wx", mode: 0o600 });
    return succeeded(undefined);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === undefined) throw thrown;
    return failed(
      code === "EEXIST"
        ? `${file} is there already; name another file`
        : `${file} cannot be written (${toError(thrown).message})`,
    );
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Lines of the log are JSON: the redactor knows their fields by name. */
const safeLines = (text: string, redactor: Redactor): string =>
  text
    .split("\n")
    .map((line) => {
      if (!line.startsWith("{") || !line.endsWith("}")) return redactor.text(line, "masked");
      try {
        return JSON.stringify(redactor.value(JSON.parse(line), "masked"));
      } catch {
        return redactor.text(line, "masked"); // looks like JSON, and is none
      }
    })
    .join("\n");

/**
 * Whatever is left of nine digits and more. Uniqueids (with a point behind), ids of Kommo (seven or
 * eight digits) and times (an ISO date) stay: without them nothing can be followed.
 */
const hideNumbers = (text: string): string =>
  text.replace(/(?<!\d|\d\.)\+?\d(?:[ ()-]?\d){8,14}(?!\d|\.\d)/g, maskPhone);

/** Which value each key has and where it comes from; secrets and numbers are not among the values. */
function inForce({ config, places }: LoadedConfig): object {
  return Object.fromEntries(
    allKeys.map(({ path, key }) => {
      const place = places.get(path);
      const from = place === undefined ? "default" : placeInWords(place);
      const value = valueAt(config, path);
      return [
        path,
        { value: key.isSecret && value !== undefined ? "[removed]" : plain(value), from },
      ];
    }),
  );
}

function valueAt(config: Config, path: string): unknown {
  let value: unknown = config;
  for (const name of path.split(".")) value = (value as Record<string, unknown>)[name];
  return value ?? undefined;
}

/** Maps as objects; in texts and names of keys, numbers that could be somebody's are hidden. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/\+?\d{6,}/g, maskPhone);
  if (value instanceof Map)
    return Object.fromEntries(
      [...(value as ReadonlyMap<unknown, unknown>)].map(([name, one]) => [
        plain(String(name)),
        plain(one),
      ]),
    );
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof RegExp) return plain(value.source);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
  return typeof value === "function" ? undefined : value;
}

async function aboutHost(): Promise<object> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return {
    asterisk_kommo: version(),
    node: process.version,
    architecture: arch(),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? "unknown",
    load: loadavg().map((one) => Number(one.toFixed(2))),
    memory_mb: Math.round(totalmem() / 1_048_576),
    up_hours: Math.round(uptime() / 3_600),
  };
}

const MOST_SET_ASIDE = 100;

async function aboutStore({ store }: Config): Promise<unknown> {
  const looked = await withStoreBeside(store, async (beside) => ({
    outbox: parseState(await beside.read(stateCounts())),
    set_aside: await beside.read(
      sql(
        `SELECT id, kind, attempt, reason, hint FROM step
         WHERE state = 'set-aside' ORDER BY id DESC LIMIT ?`,
        MOST_SET_ASIDE,
      ),
    ),
    migrations: await beside.read(sql("SELECT * FROM migration")).catch(() => []),
  }));
  return looked.ok ? looked.value : { unreadable: looked.failure.sentence };
}

async function filesBeside({ store }: Config): Promise<string> {
  const folder = stateFolderOf(store);
  const names = await readdir(folder).catch(() => []);
  const lines = await Promise.all(
    names
      .filter((name) => name.startsWith(basename(store.path)))
      .toSorted()
      .map(async (name) => {
        const about = await stat(join(folder, name)).catch(() => undefined);
        return about === undefined
          ? `${name}: gone`
          : `${name}: ${about.size} bytes, mode ${(about.mode & 0o7777).toString(8)}, owner ${about.uid}`;
      }),
  );
  return `${folder}\n${lines.join("\n")}\n`;
}

const LOG_LINES = "3000";

/** Of the service; empty where no journal is kept, or this user may not read it. */
const lastLog = (): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      "journalctl",
      ["-u", "asterisk-kommo", "-n", LOG_LINES, "-o", "cat", "--no-pager"],
      { timeout: 20_000, maxBuffer: 32 * 1024 * 1024 },
      (error, out) => resolve(error === null ? out : "no journal could be read\n"),
    );
  });
