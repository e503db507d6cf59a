// F61: scripts that change while calls come: what is in force is always whole, and always the newest.
import { existsSync, renameSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { answering, openScripts, phoneAfter } from "./scripts-in.ts";

jest.setTimeout(180_000);

const GIVEN = { phone: "79161234567" };
const python = (body: string): string => `#!/usr/bin/env python3\n${body}\n`;
const shell = (body: string): string => `#!/bin/sh\n${body}\n`;

const VERSIONS = {
  "process_client_phone.js": (phone: string) => answering({ phone }),
  "process_client_phone.php": (phone: string) =>
    `<?php return array('state' => 'success', 'data' => array('phone' => '${phone}'));`,
  "process_client_phone.py": (phone: string) =>
    python(`print('{"data": {"phone": "${phone}"}, "state": "success"}')`),
  "process_client_phone.sh": (phone: string) =>
    shell(`echo '{"data": {"phone": "${phone}"}, "state": "success"}'`),
};

test.each(Object.entries(VERSIONS))(
  "F61: %s changed, broken, mended and removed: in force with the next call",
  async (file, version) => {
    await using scripts = openScripts({ [file]: version("71") });
    expect(await phoneAfter(scripts)).toBe("71");

    scripts.write(file, version("72"));
    expect(await phoneAfter(scripts)).toBe("72");

    const half = file.endsWith(".sh") ? "#!/bin/sh\nif true; then\n" : version("73").slice(0, -9);
    scripts.write(file, half);
    expect([await phoneAfter(scripts), await phoneAfter(scripts)]).toEqual(["72", "72"]);
    expect(scripts.told().filter((words) => words.includes("stays in force"))).toHaveLength(1);

    const next = scripts.write(`next-${file}`, version("74"));
    renameSync(next, join(scripts.folder, file));
    expect(await phoneAfter(scripts)).toBe("74");

    unlinkSync(join(scripts.folder, file));
    expect(await phoneAfter(scripts)).toBe(GIVEN.phone);
    expect(existsSync(join(scripts.folder, file))).toBe(false);

    scripts.write(file, version("75"));
    expect(await phoneAfter(scripts)).toBe("75");
  },
);

test("F61: a folder that is made later is found", async () => {
  await using elsewhere = openScripts({ "process_client_phone.js": answering({ phone: "71" }) });
  const path = `${elsewhere.folder}-later`;
  await using scripts = openScripts({}, { path });
  expect(await phoneAfter(scripts)).toBe(GIVEN.phone);

  renameSync(elsewhere.folder, path);
  expect(await phoneAfter(scripts)).toBe("71");
  expect(statSync(path).isDirectory()).toBe(true);
  renameSync(path, elsewhere.folder);
});

test("F61: a file that a script imports counts as part of it: changed, broken, mended", async () => {
  await using scripts = openScripts({
    "numbers.js": `export { phone } from "./more-numbers.mjs";\n`,
    "more-numbers.mjs": `export const phone = "71";\n`,
    "process_client_phone.js": `import { phone } from "./numbers.js";
export default () => ({ data: { phone }, state: "success" });\n`,
  });
  expect(await phoneAfter(scripts)).toBe("71");

  scripts.write("more-numbers.mjs", `export const phone = "72";\n`);
  expect(await phoneAfter(scripts)).toBe("72");

  scripts.write("more-numbers.mjs", `export const phone = "7`);
  expect([await phoneAfter(scripts), await phoneAfter(scripts)]).toEqual(["72", "72"]);
  expect(scripts.told().filter((words) => words.includes("stays in force"))).toHaveLength(1);

  scripts.write("more-numbers.mjs", `export const phone = "74";\n`);
  expect(await phoneAfter(scripts)).toBe("74");
});

test("F60: a script that imports a file which others may write is not loaded", async () => {
  await using scripts = openScripts({
    "numbers.js": `export const phone = "71";\n`,
    "process_client_phone.js": `import { phone } from "./numbers.js";
export default () => ({ data: { phone }, state: "success" });\n`,
  });
  scripts.write("numbers.js", `export const phone = "72";\n`, 0o666);

  expect(await phoneAfter(scripts)).toBe(GIVEN.phone);
  expect(scripts.told().join()).toContain("numbers.js may be written by group or others");
});
