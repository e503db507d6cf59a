/** Configuration files for tests: each in a folder of its own, closed to others, gone at the end. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedConfig } from "../../src/config/load-config.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import type { ConfigProblem } from "../../src/config/problem.ts";
import type { Result } from "../../src/lib/failure.ts";

const folders: string[] = [];

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-"));
  folders.push(folder);
  return folder;
}

/** Call in afterAll. */
export const removeFolders = (): void =>
  folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true }));

export function write(text: string, name = "config.json"): string {
  const file = join(newFolder(), name);
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  return file;
}

export const GOOD = {
  ami: { username: "asterisk-kommo", secret: "ami-secret" },
  pbx: { extensions: ["_1XX"] },
  kommo: { account_url: "https://acme.kommo.com", access_token: "kommo-token" },
  users: { "101": 9100001 },
};

type Loaded = Result<LoadedConfig, readonly ConfigProblem[]>;
type Rest = {
  readonly env?: Readonly<Record<string, string>>;
  readonly credentialsDirectory?: string;
};

/** As the daemon loads it: all sections needed, nothing of this host's environment. */
export const load = (config: object | string, rest: Rest = {}): Loaded =>
  loadConfig({
    file: write(typeof config === "string" ? config : JSON.stringify(config)),
    env: rest.env ?? {},
    credentialsDirectory: rest.credentialsDirectory,
    needs: ["ami", "pbx", "kommo"],
  });

/** "line key: wrong" of each error. */
export const errorsOf = (loaded: Loaded): string[] =>
  loaded.ok
    ? []
    : loaded.failure
        .filter(({ severity }) => severity === "error")
        .map(({ place, key, wrong }) => {
          const where =
            place.kind === "file"
              ? place.line
              : place.kind === "variable"
                ? place.variable
                : place.kind;
          return `${where} ${key}: ${wrong}`;
        });
