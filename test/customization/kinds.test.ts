import { expect, jest, test } from "@jest/globals";
import { openScripts, phoneAfter } from "./scripts-in.ts";

jest.setTimeout(120_000);

const SCRIPTS = {
  "process_client_phone.ts": `type Input = { phone: string };
export default ({ phone }: Input) => ({ data: { phone: phone.replace(/^8/, "7") }, state: "success" });`,
  "process_client_phone.js": `export default async ({ phone }) => ({ data: { phone: phone.replace(/^8/, "7") }, state: "success" });`,
  "process_client_phone.mjs": `export default ({ phone }) => ({ data: { phone: phone.replace(/^8/, "7") }, state: "success" });`,
  "process_client_phone.php": `<?php
$params['phone'] = preg_replace('/^8/', '7', $params['phone']);
return array('state' => 'success', 'data' => array('phone' => $params['phone']));`,
  "process_client_phone.py": `#!/usr/bin/env python3
import json, sys
given = json.load(sys.stdin)
phone = given["phone"]
json.dump({"data": {"phone": "7" + phone[1:] if phone.startswith("8") else phone}, "state": "success"}, sys.stdout)`,
  "process_client_phone.sh": `#!/bin/sh
phone=$(sed -n 's/.*"phone":"\\([0-9]*\\)".*/\\1/p')
echo "{\\"data\\": {\\"phone\\": \\"7\${phone#8}\\"}, \\"state\\": \\"success\\"}"`,
};

test.each(Object.entries(SCRIPTS))("%s changes the client's number", async (file, text) => {
  await using scripts = openScripts({ [file]: text });

  expect(await phoneAfter(scripts, "89161234567")).toBe("79161234567");
  expect(scripts.told()).toEqual(["in-force"]);
});

test("a script in CommonJS runs as well", async () => {
  await using scripts = openScripts({
    "process_client_phone.js": `module.exports = ({ phone }) => ({ data: { phone: "+" + phone }, state: "success" });`,
  });

  expect(await phoneAfter(scripts)).toBe("+79161234567");
});

test("a program that writes PHP with an interpreter line reads and writes as any executable", async () => {
  await using scripts = openScripts({
    "process_client_phone.php": `#!/usr/bin/env php
<?php $given = json_decode(file_get_contents('php://stdin'), true);
echo json_encode(['data' => ['phone' => '+' . $given['phone']], 'state' => 'success']);`,
  });

  expect(await phoneAfter(scripts)).toBe("+79161234567");
});

test("an action that gives back all that it was given, as many do, changes what it says", async () => {
  await using scripts = openScripts({
    "process_call_params.php": `<?php
if ($params['conversation']['type'] == 2) { $params['call_result'] = 'incoming ' . $params['call']['linkedid']; }
return array('state' => 'success', 'data' => $params);`,
  });

  const result = await scripts.customizations.run("process_call_params", {
    call_full: { linkedid: "1795261714.0", direction: "inbound" },
    call_result: "",
    phone: "79161234567",
  });

  expect(result).toMatchObject({
    kind: "answered",
    data: { call_result: "incoming 1795261714.0", phone: "79161234567" },
  });
  expect(Object.keys(result.kind === "answered" ? result.data : {})).toEqual([
    "call_result",
    "phone",
  ]);
});

test("what an action prints is for the log, and not the answer", async () => {
  await using scripts = openScripts({
    "process_client_phone.php": `<?php
echo "looking at it\\n"; trigger_error("old function", E_USER_DEPRECATED);
return array('state' => 'success', 'data' => array('phone' => '70000000000'));`,
  });

  expect(await phoneAfter(scripts)).toBe("70000000000");
  expect(scripts.told().join("\n")).toContain("looking at it");
});

test("without a script nothing runs", async () => {
  await using scripts = openScripts();

  expect(scripts.customizations.has("process_client_phone")).toBe(false);
  expect(await scripts.customizations.run("process_client_phone", { phone: "1" })).toMatchObject({
    kind: "none",
  });
});
