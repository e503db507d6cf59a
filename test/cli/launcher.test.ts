// bin/asterisk-kommo, the command itself: runs on the Node.js that the package brings, whatever the
// host has, and says one sentence where there is none that will do.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-launcher-"));
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "host"));
  copyFileSync(join(root, "bin/asterisk-kommo"), join(folder, "bin/asterisk-kommo"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A host whose own `node` is of this version. */
function hostNode(version: string): void {
  const file = join(folder, "host/node");
  writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "started: $*"\n`);
  chmodSync(file, 0o755);
}

const start = (): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(join(folder, "bin/asterisk-kommo"), ["demo"], {
    encoding: "utf8",
    env: { PATH: `${join(folder, "host")}:/usr/sbin:/usr/bin:/sbin:/bin` },
  });

test("an older Node.js and none of our own is one clear sentence", () => {
  hostNode("v20.20.2");

  const { status, stdout, stderr } = start();

  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr.trim().split("\n")).toEqual([
    "asterisk-kommo needs Node.js 24 or later and found only v20.20.2: install it again without --omit=optional, so that it brings its own.",
  ]);
});

test.each(["v24.0.0", "v26.1.0"])("the host's own %s will do", (version) => {
  hostNode(version);

  const { status, stdout } = start();

  expect(status).toBe(0);
  expect(stdout).toContain("dist/cli/main.js demo");
});

test("the package's own runtime goes first", () => {
  hostNode("v20.20.2");
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  const own = join(folder, `node_modules/node-linux-${arch}/bin`);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "node"), "#!/bin/sh\necho own runtime\n");
  chmodSync(join(own, "node"), 0o755);

  const { stdout } = start();

  expect(stdout).toBe("own runtime\n");
});

test("the version of the runtime stands in package.json alone", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    optionalDependencies: Record<string, string>;
  };
  const versions = new Set(Object.values(manifest.optionalDependencies));
  const [version = ""] = versions;

  const files = execFileSync(
    "git",
    ["grep", "-lF", version, "--", ".", ":!package-lock.json", ":!bench/results"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );

  expect(versions.size).toBe(1);
  expect(files.trim().split("\n")).toEqual(["package.json"]);
});
