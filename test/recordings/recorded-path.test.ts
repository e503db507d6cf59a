// Where the file of a recording is looked for, and that nothing else is ever opened.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openInside } from "../../src/recordings/open-inside.ts";
import { candidatePaths, type RecordingRoots } from "../../src/recordings/recorded-path.ts";

const AT = Date.UTC(2026, 10, 21, 12);
const CALL = { startedAt: AT, endedAt: AT + 60_000 };
const ROOTS: RecordingRoots = {
  path: "/mnt/monitor",
  pbxPath: "/var/spool/asterisk/monitor",
  others: ["/var/spool/asterisk/voicemail"],
};
const candidates = (named: string): readonly string[] | string =>
  candidatePaths(named, ROOTS, CALL);

test("a full path of the exchange is found where this host sees its folder", () => {
  expect(candidates("/var/spool/asterisk/monitor/2026/11/21/a.wav")[0]).toBe(
    "/mnt/monitor/2026/11/21/a.wav",
  );
});

test("a bare name is looked for in the folder, then in FreePBX's folders by date", () => {
  const found = candidates("in-101-1795261978.105.wav");

  expect(found[0]).toBe("/mnt/monitor/in-101-1795261978.105.wav");
  expect(found).toContain("/mnt/monitor/2026/11/21/in-101-1795261978.105.wav");
});

test("F66: a file that was made into another, and a voice message without a suffix, are found", () => {
  expect(candidates("/var/spool/asterisk/monitor/a.wav")).toContain("/mnt/monitor/a.mp3");
  expect(candidates("/var/spool/asterisk/monitor/a.wav49")).toContain("/mnt/monitor/a.WAV");
  expect(candidates("/var/spool/asterisk/voicemail/default/101/INBOX/msg0000")).toContain(
    "/var/spool/asterisk/voicemail/default/101/INBOX/msg0000.wav",
  );
});

test.each(["/etc/shadow", "/var/spool/asterisk/monitorx/a.wav", "/var/spool/asterisk/monitor"])(
  "F70: %j lies outside",
  (named) => {
    expect(candidates(named)).toBe("outside");
  },
);

test.each([
  "",
  "../../etc/shadow",
  "/var/spool/asterisk/monitor/../../../etc/shadow",
  "a\nb.wav",
  "a\0.wav",
  "folder/",
  "x".repeat(4_097),
])("F70: %j is no name of a recording", (named) => {
  expect(candidates(named)).toBe("hostile");
});

test.each([
  "-i x.wav",
  "concat:a.wav|b.wav",
  "http://evil.example/a.wav",
  "звонок é.wav",
  "a b;rm -rf.wav",
])("F70: %j is but a name below the folder", (named) => {
  expect(candidates(named)[0]?.startsWith("/mnt/monitor/")).toBe(true);
});

let root: string;
let outside: string;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-inside-"));
  root = join(folder, "monitor");
  outside = join(folder, "secret.wav");
  await mkdir(root);
  await writeFile(outside, "secret");
});

afterEach(() => rm(join(root, ".."), { recursive: true, force: true }));

async function opened(path: string): Promise<string> {
  const found = await openInside([path], [root]);
  if (!("file" in found)) return found.kind;
  await found.file.close();
  return "opened";
}

test("F70: a plain file in the folder is opened, and no link, folder or pipe", async () => {
  await writeFile(join(root, "a.wav"), "sound");
  await symlink(outside, join(root, "link.wav"));
  await symlink(join(root, "a.wav"), join(root, "inner.wav"));
  await symlink(join(root, ".."), join(root, "up"));
  await mkdir(join(root, "folder.wav"));

  expect(await opened(join(root, "a.wav"))).toBe("opened");
  expect(await opened(join(root, "link.wav"))).toBe("refused");
  expect(await opened(join(root, "inner.wav"))).toBe("refused");
  expect(await opened(join(root, "up", "secret.wav"))).toBe("refused");
  expect(await opened(join(root, "folder.wav"))).toBe("refused");
  expect(await opened(outside)).toBe("refused");
  expect(await opened(join(root, "none.wav"))).toBe("absent");
});

test("a folder that is itself reached through a link is a folder like any other", async () => {
  const link = join(root, "..", "linked");
  await symlink(root, link);
  await writeFile(join(root, "a.wav"), "sound");

  const found = await openInside([join(link, "a.wav")], [link]);

  expect("file" in found).toBe(true);
  if ("file" in found) await found.file.close();
});
