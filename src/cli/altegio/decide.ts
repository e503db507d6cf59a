/** `asterisk-kommo altegio decide`: the decision table, tried on cases of a file; nothing is asked or sent. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { answerCases } from "../../altegio/case-file.ts";
import { codeOf } from "../../lib/failure.ts";

const help = `Usage: asterisk-kommo altegio decide --json FILE

Reads cases from FILE ("-" is standard input) and prints what becomes of each in Kommo, one line of
JSON each: update_lead, merge_into, create_lead, mark_deleted or skip, with the reason. A case that is
none has an error in its line, and the others are answered.

Exit code: 0 done, 1 the file cannot be read or one of its cases is none.
`;

type Output = { write(text: string): unknown };

export async function runAltegioDecide(
  args: string[],
  out: Output = process.stdout,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0 || !values.json) {
    process.stderr.write("asterisk-kommo altegio decide: --json and one FILE are needed\n");
    return 2;
  }
  let text: string;
  try {
    text = await readFile(file === "-" ? "/dev/stdin" : file, "utf8");
  } catch (error) {
    const code = codeOf(error) ?? "unknown";
    process.stderr.write(`asterisk-kommo altegio decide: ${file} cannot be read (${code})\n`);
    return 1;
  }
  const answers = answerCases(text);
  if (!answers.ok) {
    process.stderr.write(`asterisk-kommo altegio decide: ${file}: ${answers.failure.hint}\n`);
    return 1;
  }
  for (const answer of answers.value.answers) out.write(`${JSON.stringify(answer)}\n`);
  for (const one of answers.value.wrong)
    process.stderr.write(`asterisk-kommo altegio decide: ${file}: ${one}\n`);
  return answers.value.wrong.length === 0 ? 0 : 1;
}
