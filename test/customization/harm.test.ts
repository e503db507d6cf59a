// F57: memory, processes, open files and large files. Run as an unprivileged user in a process
// namespace of its own: root ignores process limits, and a fork bomb must not meet the host.
import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";

jest.setTimeout(240_000);

const NOBODY = 65_534;
const RUNNER = join(import.meta.dirname, "run-scripts.ts");
const isRoot = process.getuid?.() === 0;

/** Runs the scripts one after another, in one daemon's place; each line says what came of one. */
function runUnprivileged(
  files: Readonly<Record<string, string>>,
  owner = NOBODY,
): Promise<string[]> {
  const base = mkdtempSync(join(tmpdir(), "asterisk-kommo-harm-"));
  const folder = join(base, "scripts");
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(folder, file), text, { mode: 0o755 });
    if (isRoot) chownSync(join(folder, file), owner, owner);
  }
  chmodSync(base, 0o755);
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", RUNNER, folder];
  const argv = isRoot
    ? ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"].concat([
        "setpriv",
        `--reuid=${NOBODY}`,
        `--regid=${NOBODY}`,
        "--clear-groups",
        ...node,
      ])
    : node;
  return new Promise((resolve, reject) => {
    const [command = "", ...args] = argv;
    execFile(command, args, { env: { PATH: process.env["PATH"] } }, (error, out, err) => {
      rmSync(base, { recursive: true, force: true });
      if (error !== null) reject(new Error(`${error.message}\n${err}`));
      else resolve(out.trim().split("\n"));
    });
  });
}

const python = (body: string): string =>
  `#!/usr/bin/env python3\nimport os, sys, time\n${body}\nprint('{"data": {"phone": "666"}, "state": "success"}')\n`;

test("F57: 8 GB of memory, in each kind of script", async () => {
  const told = await runUnprivileged({
    "process_client_phone.py": python("held = bytearray(8 * 1024 ** 3)"),
    "process_call_params.js": `export default () => {
      const held = [];
      while (held.length < 8192) held.push(Buffer.alloc(1048576, 1));
      return { data: { call_result: "666" }, state: "success" };
    };`,
    "need_registration.js": `export default () => {
      const held = [];
      for (;;) held.push(new Array(100000).fill(held.length));
    };`,
    "process_task_creation_params.php": `<?php $held = str_repeat('x', 8 * 1024 * 1024 * 1024);
      return array('state' => 'success', 'data' => array('text' => '666'));`,
  });

  expect(told).toHaveLength(4);
  for (const line of told) expect(line).toMatch(/failed (memory|crash|timeout)/);
});

test("F57: a fork bomb ends at its limit, with all its children", async () => {
  const told = await runUnprivileged({
    "process_client_phone.sh": `#!/bin/sh\nbomb() { bomb | bomb & }\nbomb\nsleep 100\n`,
    "process_call_params.py": python(
      "try:\n  while True:\n    if os.fork() == 0: os.setsid()\nexcept OSError: time.sleep(100)",
    ),
  });

  for (const line of told) expect(line).toMatch(/failed (timeout|crash|output|not-started)/);
  expect(told.at(-1)).toMatch(/ 0 left$/);
});

test("F57: ten thousand open files, and a file of 10 GB, are not had", async () => {
  const told = await runUnprivileged({
    "process_client_phone.py": python("held = [open('/dev/null') for _ in range(10000)]"),
    "process_call_params.py": python(
      "path = os.environ.get('TMPDIR', '/tmp') + '/' + str(os.getpid())\nfile = open(path, 'wb'); os.unlink(path)\nfile.truncate(10 * 1024 ** 3)",
    ),
  });

  for (const line of told) expect(line).toMatch(/failed crash/);
});

// Only root may give a file to somebody else; the rule itself is tested in faults.test.ts.
if (isRoot)
  test("F60: a script of another user is not loaded", async () => {
    const other = 12_345;
    const text = `#!/bin/sh\necho '{"data": {"phone": "1"}, "state": "success"}'\n`;

    const told = await runUnprivileged({ "process_client_phone.sh": text }, other);

    expect(told[0]).toContain("process_client_phone none");
  });
