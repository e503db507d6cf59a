/** `asterisk-kommo widget check`: looks at an archive as Kommo's upload does. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { toError } from "../../lib/failure.ts";
import { checkArchive } from "../../widget/archive/check-archive.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";

export async function runWidgetCheck(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { positionals } = parseArgs({ args, options: {}, allowPositionals: true });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    err.write("asterisk-kommo widget check: give one archive; see: widget --help\n");
    return 2;
  }
  try {
    const problems = checkArchive(await readFile(file));
    for (const problem of problems) err.write(`${problem}\n`);
    if (problems.length === 0) out.write(`${file}: as Kommo wants it\n`);
    return problems.length === 0 ? 0 : 1;
  } catch (thrown) {
    err.write(`asterisk-kommo widget check: ${toError(thrown).message}\n`);
    return 1;
  }
}
