/** The list of commands. Each is a file of this folder, loaded only when it is called. */
import { existsSync } from "node:fs";
import { extname, join } from "node:path";

export type Command = {
  readonly name: string;
  readonly summary: string;
};

export type CommandModule = {
  /** @returns the exit code: 0 done, 1 failed, 2 wrong usage */
  readonly run: (args: string[]) => Promise<number>;
  /** What `--help` shows; a command without it answers `--help` by itself. */
  readonly help: string | undefined;
  /** Where there are several accounts and none is named, it is run for each. */
  readonly isForEachAccount: boolean;
};

const COMMANDS: readonly Command[] = [
  { name: "run", summary: "the daemon: books the calls of the exchange in Kommo" },
  { name: "demo", summary: "an office day on a simulated exchange and account" },
  { name: "simulate", summary: "a simulated Kommo account or a player of recorded exchanges" },
  { name: "replay", summary: "what the calls of a recorded AMI stream were" },
  { name: "check-config", summary: "all problems of the configuration at once" },
  { name: "doctor", summary: "tries what the daemon needs, and says what to do where it fails" },
  { name: "setup", summary: "asks what it needs and writes a configuration" },
  { name: "calls", summary: "calls of the past: list, show why, send again" },
  { name: "customizations", summary: "the administrator's scripts: list, try out" },
  { name: "record", summary: "records an AMI stream, with numbers and names replaced" },
  { name: "recordings", summary: "recordings and their links" },
  { name: "widget", summary: "packs the widget for Kommo" },
  { name: "auth", summary: "access to Kommo by OAuth" },
  { name: "altegio", summary: "the link to the booking system Altegio" },
  { name: "store", summary: "the database: check, copy, move" },
  { name: "forget", summary: "removes all that is known of a number" },
];

/** Those that this version has, in the order of the list. */
export const presentCommands = (): readonly Command[] =>
  COMMANDS.filter(({ name }) => existsSync(fileOf(name)));

export async function loadCommand(name: string): Promise<CommandModule> {
  const module = (await import(fileOf(name))) as Readonly<Record<string, unknown>>;
  const exported = `run${name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
  const run = module[exported];
  if (typeof run !== "function") throw new Error(`src/cli/${name} does not export ${exported}`);
  const help = module["help"];
  return {
    run: run as CommandModule["run"],
    help: typeof help === "string" ? help : undefined,
    isForEachAccount: module["isForEachAccount"] === true,
  };
}

/** ".ts" from the repository, ".js" from the built package. */
const fileOf = (name: string): string =>
  join(import.meta.dirname, name + extname(import.meta.filename));
