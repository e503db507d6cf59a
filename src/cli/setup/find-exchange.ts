/**
 * Which Asterisk this host has: its version, whether FreePBX or Issabel writes its configuration, how
 * its manager interface (AMI) is set up, and which file may hold users of our own. Only looks.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf } from "../../lib/failure.ts";
import type { AsteriskConsole } from "./asterisk-console.ts";
import { withoutSections } from "./manager-users.ts";

export type FoundExchange = {
  /** "22.10.1"; undefined: Asterisk does not run, or this user may not ask it. */
  readonly version: string | undefined;
  readonly flavour: "FreePBX" | "Issabel" | "plain Asterisk";
  /** "/etc/asterisk" */
  readonly folder: string;
  readonly manager: ManagerSetup;
  /** Where MixMonitor writes. */
  readonly recordings: string;
};

export type ManagerSetup = {
  readonly isEnabled: boolean;
  /** Where a program of this host reaches it. */
  readonly host: string;
  readonly port: number;
  /** Section → the file that it stands in; without those of an earlier set-up. */
  readonly sections: ReadonlyMap<string, string>;
  readonly conf: string;
  /** The file for sections of our own; FreePBX never writes it. */
  readonly ownFile: string;
  /** Whether manager.conf reads that file already. */
  readonly isIncluded: boolean;
};

/** @returns undefined: there is no configuration of Asterisk here that this user may read */
export async function findExchange(
  console: AsteriskConsole,
  folder: string,
): Promise<FoundExchange | undefined> {
  const conf = join(folder, "manager.conf");
  const text = readText(conf);
  const version = /^Asterisk (\S+)/m.exec((await console.ask("core show version")) ?? "")?.[1];
  if (text === undefined) return undefined;
  return {
    version,
    flavour: flavourOf(folder, text),
    folder,
    manager: readManager(conf, text),
    recordings: join(spoolOf(folder), "monitor"),
  };
}

function flavourOf(folder: string, managerConf: string): FoundExchange["flavour"] {
  const isGenerated = includesOf(managerConf).includes("manager_custom.conf");
  if (!isGenerated) return "plain Asterisk";
  const isIssabel = existsSync("/etc/issabel.conf") || existsSync(join(folder, "issabel.conf"));
  return isIssabel ? "Issabel" : "FreePBX";
}

function readManager(conf: string, text: string): ManagerSetup {
  const folder = dirname(conf);
  const files = [conf, ...includesOf(text).flatMap((name) => filesOf(folder, name))];
  const general = new Map<string, string>();
  const sections = new Map<string, string>();
  for (const file of files) {
    let section = "";
    // What an earlier run wrote is written anew.
    const others = withoutSections(file === conf ? text : (readText(file) ?? ""));
    for (const line of linesOf(others)) {
      const named = /^\[([^\]]+)\]/.exec(line)?.[1];
      if (named !== undefined) {
        section = named;
        if (named !== "general") sections.set(named, file);
      }
      const [, key, value] = /^(\w+)\s*=>?\s*(.*)$/.exec(line) ?? [];
      if (section === "general" && key !== undefined)
        general.set(key.toLowerCase(), (value ?? "").trim());
    }
  }
  const bound = general.get("bindaddr") ?? "0.0.0.0";
  return {
    isEnabled: /^(yes|true|y|t|1|on)$/i.test(general.get("enabled") ?? ""),
    host: bound === "0.0.0.0" || bound === "::" || bound === "" ? "127.0.0.1" : bound,
    port: Number(general.get("port") ?? 5038) || 5038,
    sections,
    conf,
    ...ownFileFor(folder, includesOf(text)),
  };
}

function ownFileFor(
  folder: string,
  includes: readonly string[],
): Pick<ManagerSetup, "ownFile" | "isIncluded"> {
  if (includes.includes("manager_custom.conf"))
    return { ownFile: join(folder, "manager_custom.conf"), isIncluded: true };
  const whole = includes.find((name) => name.endsWith("/*.conf"));
  if (whole !== undefined)
    return {
      ownFile: join(resolveIn(folder, whole.slice(0, -"/*.conf".length)), OWN_NAME),
      isIncluded: true,
    };
  const isIncluded = includes.includes(OWN_NAME);
  return { ownFile: join(folder, OWN_NAME), isIncluded };
}

export const OWN_NAME = "manager_asterisk_kommo.conf";

const includesOf = (text: string): string[] =>
  linesOf(text).flatMap((line) => {
    const name = /^#(?:try)?include\s+"?<?([^">]+?)>?"?\s*$/.exec(line)?.[1];
    return name === undefined ? [] : [name];
  });

const resolveIn = (folder: string, name: string): string =>
  name.startsWith("/") ? name : join(folder, name);

function filesOf(folder: string, name: string): string[] {
  const path = resolveIn(folder, name);
  if (!path.endsWith("/*.conf")) return [path];
  try {
    const inside = dirname(path);
    return readdirSync(inside)
      .filter((file) => file.endsWith(".conf"))
      .toSorted()
      .map((file) => join(inside, file));
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
    return [];
  }
}

/** Without comments (`;` where no backslash stands before it) and space around. */
const linesOf = (text: string): string[] =>
  text.split("\n").map((line) => line.replace(/(?<!\\);.*$/, "").trim());

function spoolOf(folder: string): string {
  const conf = readText(join(folder, "asterisk.conf")) ?? "";
  const told = linesOf(conf)
    .map((line) => /^astspooldir\s*=>?\s*(\S.*)$/.exec(line)?.[1])
    .find((path) => path !== undefined);
  return told ?? "/var/spool/asterisk";
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}
