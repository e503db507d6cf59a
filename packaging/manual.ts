/**
 * The page of the manual, asterisk-kommo(1), made of what the program and its commands answer to
 * `--help`. Exports `manualPage`.
 */
import { loadCommand, presentCommands } from "../src/cli/commands.ts";
import { main } from "../src/cli/main.ts";

export type ManualOptions = {
  readonly version: string;
  /** Of the page, in Unix seconds. */
  readonly epoch: number;
};

/** @returns groff's man macros, as `man` reads them */
export async function manualPage({ version, epoch }: ManualOptions): Promise<string> {
  const [day = ""] = new Date(epoch * 1_000).toISOString().split("T");
  const parts = [
    `.TH ASTERISK\\-KOMMO 1 ${day} "asterisk\\-kommo ${version}" "User Commands"`,
    ".SH NAME",
    "asterisk\\-kommo \\- books the calls of an Asterisk telephone exchange in Kommo",
    ".SH DESCRIPTION",
    inRoff(await helpOf()),
    ".SH COMMANDS",
  ];
  for (const { name } of presentCommands()) {
    const help = await helpOf(name);
    parts.push(`.SS ${inWords(name)}`, inRoff(help));
    for (const own of subCommandsWithHelp(name, help))
      parts.push(`.SS ${inWords(`${name} ${own}`)}`, inRoff(await helpOf(name, own)));
  }
  return `${[...parts, FILES].join("\n")}\n`;
}

const FILES = `.SH FILES
.TP
.I /etc/asterisk\\-kommo/config.json
the configuration; /usr/share/doc/asterisk\\-kommo/docs/configuration.md tells of every key
.TP
.I /var/lib/asterisk\\-kommo
what it keeps: calls, what is still to be told to Kommo, recordings as mp3
.SH SEE ALSO
.I /usr/share/doc/asterisk\\-kommo/docs`;

/** What the command writes; in this process, as there are some thirty of them. */
async function helpOf(...names: readonly string[]): Promise<string> {
  const [name] = names;
  const known = name === undefined || names.length > 1 ? undefined : await loadCommand(name);
  if (known?.help !== undefined) return known.help;
  let text = "";
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (part) => (text += String(part)) !== "";
  const code = await main([...names, "--help"]);
  process.stdout.write = write;
  if (code !== 0) throw new Error(`asterisk-kommo ${names.join(" ")} --help ended with ${code}`);
  return text;
}

/** "calls list" and so on, where the command's help says that each has its own. */
function subCommandsWithHelp(name: string, help: string): readonly string[] {
  if (!/^(More|See): /m.test(help)) return [];
  const usage = new RegExp(`^(?:Usage:| {6}) asterisk-kommo ${name} ([a-z|]+)`, "gm");
  return [...new Set([...help.matchAll(usage)].flatMap(([, own = ""]) => own.split("|")))];
}

const inWords = (text: string): string => text.replaceAll("\\", "\\e").replaceAll("-", "\\-");

/** "  --json         one line of JSON": what it is called, and what it does. */
const ITEM = /^ {2,}(\S.*?) {2,}(\S.*)$/;

/** Sentences are filled; lists of options and commands have their names before them; the rest is as it is. */
function inRoff(help: string): string {
  return help
    .trim()
    .split(/\n{2,}/)
    .map((block) => {
      const lines = block.split("\n");
      if (lines.every((line) => /^\S/.test(line)) && !block.startsWith("Usage:"))
        return [".PP", ...lines.map(safeLine)].join("\n");
      if (ITEM.test(lines[0] ?? "")) return itemsInRoff(lines);
      return [".PP", ".nf", ...lines.map(safeLine), ".fi"].join("\n");
    })
    .join("\n");
}

function itemsInRoff(lines: readonly string[]): string {
  const column = (ITEM.exec(lines[0] ?? "")?.[0] ?? "").search(/(?<=\S {2,})\S/);
  return lines
    .map((line) => {
      const isContinued = line.slice(0, column).trim() === "";
      if (isContinued) return safeLine(line.trim());
      const item = ITEM.exec(line);
      if (item === null) return `.TP\n${safeLine(line.trim())}`;
      return `.TP\n.B ${inWords(item[1] ?? "")}\n${safeLine(item[2] ?? "")}`;
    })
    .join("\n");
}

/** A line that begins with a dot or a quote would be an order to groff. */
const safeLine = (line: string): string => inWords(line).replace(/^(?=[.'])/, "\\&");
