import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { notifySystemd } from "../../src/lib/systemd-notify.ts";

const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("without systemd nothing is said and nothing hurts", async () => {
  expect(await notifySystemd("READY=1", {})).toBe(false);
});

test("where systemd-notify is not installed, the daemon goes on", async () => {
  expect(await notifySystemd("READY=1", { NOTIFY_SOCKET: "/run/x", PATH: "/nonexistent" })).toBe(
    false,
  );
});

test("systemd is told the state, by a process that sees no secret", async () => {
  const notes = join(folder, "notes");
  const program = join(folder, "systemd-notify");
  writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" > ${notes}; env >> ${notes}\n`);
  chmodSync(program, 0o755);
  const env = {
    NOTIFY_SOCKET: "/run/systemd/notify",
    PATH: `${folder}:/usr/bin:/bin`,
    ASTERISK_KOMMO_AMI_SECRET: "canary",
  };

  const wasTold = await notifySystemd("STOPPING=1", env);

  expect(wasTold).toBe(true);
  expect(readFileSync(notes, "utf8")).toContain(
    `/run/systemd/notify --pid=${process.pid} STOPPING=1`,
  );
  expect(readFileSync(notes, "utf8")).not.toContain("canary");
});
