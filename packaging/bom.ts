/**
 * The list of parts (SBOM) in CycloneDX, by `npm sbom`: what npm says, without what differs between
 * two builds, and only of what is packed. Exports `bomText`.
 */
import { execFileSync } from "node:child_process";
import type { ProductionPackage } from "./production.ts";

type Bom = {
  readonly metadata: { readonly component: object };
  readonly components: readonly { readonly name: string; readonly version: string }[];
  readonly dependencies: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
  }[];
};

export function bomText(
  root: string,
  { version, packages }: { version: string; packages: readonly ProductionPackage[] },
): string {
  const { npm_execpath: npm } = process.env;
  const asked = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"];
  const [program, args] = npm === undefined ? ["npm", asked] : [process.execPath, [npm, ...asked]];
  const told = execFileSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  const { metadata, components, dependencies, ...bom } = JSON.parse(told) as Bom &
    Readonly<Record<string, unknown>>;

  const packed = new Set(packages.map((one) => `${one.name}@${one.version}`));
  const refs = new Set([...packed, ...dependencies.slice(0, 1).map(({ ref }) => ref)]);
  const kept = {
    ...bom,
    serialNumber: undefined,
    metadata: { component: { ...metadata.component, name: "asterisk-kommo", version } },
    components: components.filter((one) => packed.has(`${one.name}@${one.version}`)),
    dependencies: dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn = [] }) => ({
        ref,
        dependsOn: dependsOn.filter((other) => refs.has(other)),
      })),
  };
  return `${JSON.stringify(kept, null, 2)}\n`;
}
