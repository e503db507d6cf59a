/** What changed, as Debian's tools read it: made of the newest section of CHANGELOG.md. Exports `debianChangelog`. */

export type ChangelogOptions = {
  /** CHANGELOG.md */
  readonly text: string;
  readonly version: string;
  /** "Name <address>" */
  readonly maintainer: string;
  /** In Unix seconds. */
  readonly epoch: number;
};

/** Beyond it Debian's readers complain. */
const COLUMNS = 78;

/** @source Debian Policy, 4.4 */
export function debianChangelog({ text, version, maintainer, epoch }: ChangelogOptions): string {
  const [, newest = ""] = text.split(/^## .*$/m);
  const points = newest.split("\n").flatMap((line) => (line.startsWith("- ") ? line.slice(2) : []));
  const day = new Date(epoch * 1_000).toUTCString().replace("GMT", "+0000");
  return [
    `asterisk-kommo (${version}) stable; urgency=medium`,
    "",
    ...points.map((point) => wrapped(point.replace(/\[[^\]]*\]\(([^)]*)\)/g, "$1"))),
    "",
    ` -- ${maintainer}  ${day}`,
    "",
  ].join("\n");
}

function wrapped(point: string): string {
  const lines = ["  *"];
  for (const word of point.split(/\s+/)) {
    const line = `${lines.at(-1) ?? ""} ${word}`;
    if (line.length <= COLUMNS) lines[lines.length - 1] = line;
    else lines.push(`    ${word}`);
  }
  return lines.join("\n");
}
