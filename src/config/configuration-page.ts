/**
 * Every key of the configuration as a page, docs/configuration.md: written by `npm run docs`, held
 * current by a test.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeKeys, type KeyDescription } from "./describe-keys.ts";

const HEAD = `# Configuration

Every key, with what it may be, its default and its environment variable. This page is made from the program's own list of keys (\`npm run docs\`); the file with comments to begin from is [config/config.example.jsonc](../config/config.example.jsonc), and \`asterisk-kommo setup\` writes one that fits this host.

The file is JSON with comments; \`--config FILE\` names it, and it is \`/etc/asterisk-kommo/config.json\` otherwise. An unknown key is an error, and all mistakes are told at once, with their lines: \`asterisk-kommo check-config\`.

- **Environment.** Every key may also be given as the variable named here; lists and maps as JSON. A variable goes before a credential of systemd, a credential before the file.
- **Secrets** need not stand in the file: the same key with \`_file\` names a file that holds the secret, the same variable with \`_FILE\` does so too, and a credential of systemd (\`LoadCredential=\`) has the key as its name. A file with a secret in it must not be readable for every user of the host.
- **Changes** of a running daemon: \`asterisk-kommo check-config --apply\` (or \`systemctl reload asterisk-kommo\`) takes over what it can while calls go on, and names the keys that need a restart. A configuration that is not good changes nothing.
`;

export function configurationPage(): string {
  const keys = describeKeys();
  const sections = Map.groupBy(keys, ({ key }) => (key.includes(".") ? topOf(key) : ""));
  const single = sections.get("") ?? [];
  sections.delete("");
  return [
    HEAD,
    ...[...sections].map(([name, group]) => `## ${name}\n\n${group.map(entry).join("\n")}\n`),
    `## Keys without a section\n\n${single.map(entry).join("\n")}\n`,
  ].join("\n");
}

const topOf = (key: string): string => key.split(".")[0] ?? "";

function entry(described: KeyDescription): string {
  const { key, expects, doc, variable, isRequired, secretFrom } = described;
  const usual =
    described.default === undefined
      ? isRequired
        ? "required"
        : "no default"
      : `default \`${described.default}\``;
  const secret = secretFrom === undefined ? "" : `, a secret (\`${secretFrom.fileKey}\`)`;
  return [
    `### \`${key}\``,
    "",
    `${sentence(doc)}`,
    "",
    `- ${expects}; ${usual}${secret}`,
    `- \`${variable}\``,
    "",
  ].join("\n");
}

const sentence = (doc: string): string => {
  const whole = doc.charAt(0).toUpperCase() + doc.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
};

export const CONFIGURATION_PAGE = "docs/configuration.md";

if (import.meta.main)
  writeFileSync(join(import.meta.dirname, "../..", CONFIGURATION_PAGE), configurationPage());
