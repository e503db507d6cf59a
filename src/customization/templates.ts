/** What `customizations new` writes: a working, commented script that changes nothing yet. */
import { HOOKS, type HookName } from "./contract/hooks.ts";
import type { Shape } from "./contract/shape.ts";
import { typeName } from "./contract/typescript.ts";

export const LANGUAGES = ["ts", "js", "py", "php", "sh"] as const;
export type Language = (typeof LANGUAGES)[number];

type Told = {
  readonly name: HookName;
  readonly lines: readonly string[];
  /** Fields of the answer; undefined: only `state`. */
  readonly fields: readonly string[] | undefined;
};

export function templateOf(name: HookName, language: Language): string {
  const { doc, input, output, onCancel } = HOOKS[name];
  const lines = [
    `${name}: ${doc}`,
    "",
    "Given:",
    ...fieldsOf(input).map(([field, about]) => `  ${field}: ${about}`),
    ...(output === undefined
      ? ["", 'Answer {"state": "success"}.']
      : ["", 'Answer {"data": {…}, "state": "success"}; `data` holds:']),
    ...(output === undefined
      ? []
      : fieldsOf(output).map(([field, about]) => `  ${field}: ${about}`)),
    ...(onCancel === undefined ? [] : [`Empty data: ${onCancel}.`]),
    "Whatever goes wrong here, the call goes on as without this script.",
  ];
  const fields = output === undefined ? undefined : fieldsOf(output).map(([field]) => field);
  return WRITERS[language]({ name, lines, fields });
}

const fieldsOf = (shape: Shape): readonly (readonly [string, string])[] =>
  shape.is === "object"
    ? Object.entries(shape.fields).map(([field, { doc }]) => [field, doc || "as in Kommo"])
    : [];

const commented = (lines: readonly string[], sign: string): string =>
  lines.map((line) => `${sign} ${line}`.trimEnd()).join("\n");

/** What the script answers with as it stands: yes, and the fields as they came. */
const WRITERS: Readonly<Record<Language, (told: Told) => string>> = {
  ts: ({ name, lines, fields }) => `${commented(lines, "//")}
import type { ${typeName(name)} } from "asterisk-kommo/customization";

const script: ${typeName(name)} = (${fields === undefined || fields.includes("result") ? "_input" : "input"}) => ({
  ${scriptData(fields)}state: "success",
});
export default script;
`,
  js: ({ name, lines, fields }) => `${commented(lines, "//")}

/** @type {import("asterisk-kommo/customization").${typeName(name)}} */
const script = (${fields === undefined || fields.includes("result") ? "_input" : "input"}) => ({
  ${scriptData(fields)}state: "success",
});
export default script;
`,
  py: ({ lines, fields }) => `#!/usr/bin/env python3
${commented(lines, "#")}
import json
import sys

given = json.load(sys.stdin)
${pythonAnswer(fields)}
json.dump(answer, sys.stdout)
`,
  php: ({ lines, fields }) => `<?php
${commented(lines, "//")}
// The input stands in $params.

return array(
    'state' => 'success',${phpData(fields)}
);
`,
  sh: ({ lines, fields }) => `#!/bin/sh
${commented(lines, "#")}
set -eu

${shellAnswer(fields)}
`,
};

const isYesNo = (fields: readonly string[] | undefined): boolean =>
  fields?.includes("result") === true;

const scriptData = (fields: readonly string[] | undefined): string => {
  if (fields === undefined) return "";
  if (isYesNo(fields)) return "data: { result: true },\n  ";
  return `data: { ${fields.map((field) => `${field}: input.${field}`).join(", ")} },\n  `;
};

function pythonAnswer(fields: readonly string[] | undefined): string {
  if (fields === undefined) return 'answer = {"state": "success"}';
  if (isYesNo(fields)) return 'answer = {"data": {"result": True}, "state": "success"}';
  const names = fields.map((field) => `"${field}"`).join(", ");
  return `data = {name: given[name] for name in [${names}]}
answer = {"data": data, "state": "success"}`;
}

function phpData(fields: readonly string[] | undefined): string {
  if (fields === undefined) return "";
  if (isYesNo(fields)) return "\n    'data' => array('result' => true),";
  const inner = fields.map((field) => `        '${field}' => $params['${field}'],`).join("\n");
  return `\n    'data' => array(\n${inner}\n    ),`;
}

function shellAnswer(fields: readonly string[] | undefined): string {
  if (fields === undefined) return `cat >/dev/null\necho '{"state": "success"}'`;
  if (isYesNo(fields))
    return `cat >/dev/null\necho '{"data": {"result": true}, "state": "success"}'`;
  // The input as a whole is an answer too: what is only input (call_full) is taken out of it.
  return `# With jq installed a field is changed so, in place of the line below:
#   jq '{data: (.${fields[0] ?? ""} = "…"), state: "success"}'
printf '{"data": %s, "state": "success"}\\n' "$(cat)"`;
}
