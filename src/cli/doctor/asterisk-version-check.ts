/** Whether this Asterisk has holes that are known and mended. What the exchange says of itself is believed. */
import { checkOfExchange, type Check, type Verdict } from "./check.ts";

type Version = readonly [branch: number, minor: number, patch: number];

type Hole = {
  readonly cve: string;
  readonly allows: string;
  /** The first release of each branch that is mended; a younger branch never had it. */
  readonly mendedIn: readonly Version[];
};

/** @source the security advisories of the Asterisk project */
const HOLES: readonly Hole[] = [
  {
    cve: "CVE-2024-42365",
    allows: "an AMI user with the right originate runs programs on the exchange",
    mendedIn: [
      [18, 24, 2],
      [20, 9, 2],
      [21, 4, 2],
    ],
  },
  {
    cve: "CVE-2024-42491",
    allows: "a SIP message ends Asterisk",
    mendedIn: [
      [18, 24, 3],
      [20, 9, 3],
      [21, 4, 3],
    ],
  },
  {
    cve: "CVE-2024-53566",
    allows: "an AMI user with the right config reads files outside of its folder",
    mendedIn: [
      [18, 26, 1],
      [20, 11, 1],
      [21, 6, 1],
      [22, 1, 1],
    ],
  },
  {
    cve: "CVE-2025-47780",
    allows: "rights of the console (cli_permissions.conf) are not held",
    mendedIn: [
      [18, 26, 2],
      [20, 14, 1],
      [21, 9, 1],
      [22, 4, 1],
    ],
  },
  {
    cve: "CVE-2025-49832",
    allows: "a SIP message ends Asterisk where STIR/SHAKEN is on",
    mendedIn: [
      [18, 26, 3],
      [20, 15, 1],
      [21, 10, 1],
      [22, 5, 1],
    ],
  },
  {
    cve: "CVE-2025-57767",
    allows: "a SIP message ends Asterisk",
    mendedIn: [
      [20, 15, 2],
      [21, 10, 2],
      [22, 5, 2],
    ],
  },
  {
    cve: "CVE-2026-23738",
    allows: "a link shows foreign text on Asterisk's own status page (http.conf)",
    mendedIn: [
      [20, 18, 2],
      [21, 12, 1],
      [22, 8, 2],
      [23, 2, 2],
    ],
  },
];

/** Branches below it get no fixes any more. */
const OLDEST_MENDED = 20;

export const asteriskVersionCheck: Check = checkOfExchange(
  "Asterisk's version",
  async (config, context) => {
    const line = await context.exchange(config);
    if (!line.ok) return { status: "skipped", sentence: "needs a login to Asterisk" };
    return judgeVersion(line.value.snapshot.exchange.asteriskVersion);
  },
);

const REMEDY =
  "update Asterisk; packages of a distribution may be mended though the number is the old one";

export function judgeVersion(told: string | undefined): Verdict {
  const version = versionIn(told ?? "");
  if (version === undefined)
    return { status: "skipped", sentence: "Asterisk does not tell a version that can be compared" };
  const open = HOLES.filter((hole) => isOpen(hole, version));
  const isOld = version[0] < OLDEST_MENDED;
  if (open.length === 0 && !isOld)
    return { status: "ok", sentence: `${told ?? ""} has no hole that is known here` };
  return {
    status: "warning",
    sentence: isOld
      ? `${told ?? ""} is of a branch that gets no fixes any more`
      : `${told ?? ""} has ${open.length === 1 ? "a known hole" : `${open.length} known holes`}`,
    details: open.map(({ cve, allows }) => `${cve}: ${allows}`),
    remedy: REMEDY,
  };
}

/** "22.10.1+dfsg" → 22, 10, 1; "certified/20.7-cert2" has numbers of its own. */
function versionIn(told: string): Version | undefined {
  const [, branch, minor, patch] = /^(\d{2})\.(\d+)(?:\.(\d+))?(?!.*cert)/.exec(told) ?? [];
  return branch === undefined ? undefined : [Number(branch), Number(minor), Number(patch ?? 0)];
}

function isOpen({ mendedIn }: Hole, [branch, minor, patch]: Version): boolean {
  const mended = mendedIn.find(([of]) => of === branch);
  const youngest = Math.max(...mendedIn.map(([of]) => of));
  if (mended === undefined) return branch < youngest;
  const [, firstMinor, firstPatch] = mended;
  return minor < firstMinor || (minor === firstMinor && patch < firstPatch);
}
