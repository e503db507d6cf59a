// The shipped examples, unedited, and actions as the pages of Itgrix show them.
import {
  copyFileSync,
  cpSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execFile } from "node:child_process";
import { expect, jest, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { tryOnCall, type Trial } from "../../src/cli/customizations/sample-input.ts";
import { runTypes } from "../../src/cli/customizations/new-script.ts";
import { HOOKS, isHookName, type HookName } from "../../src/customization/contract/hooks.ts";
import { readShape } from "../../src/customization/contract/read-shape.ts";
import { templateOf, LANGUAGES } from "../../src/customization/templates.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { answeredCall, conversation, missedCall, settings } from "../registration/made-up-call.ts";
import { openScripts, type Scripts } from "./scripts-in.ts";

jest.setTimeout(180_000);

const SHIPPED = join(import.meta.dirname, "../../customizations");
const EXAMPLES = readdirSync(SHIPPED, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(join(SHIPPED, name)).map((file) => join(name, file)));

function withExample(example: string): Scripts {
  const scripts = openScripts();
  const to = join(scripts.folder, basename(example));
  copyFileSync(join(SHIPPED, example), to);
  chmodSync(to, 0o755);
  return scripts;
}

async function tryExample(example: string, call: FinishedCall, change = {}): Promise<Trial> {
  const name = basename(example).split(".")[0] as HookName;
  await using scripts = withExample(example);
  const trial = await tryOnCall(name, call, {
    settings,
    run: (asked, input) => scripts.customizations.run(asked, { ...input, ...change }),
  });
  if (typeof trial === "string") throw new Error(trial);
  return trial;
}

const RECORDED = "/var/spool/asterisk/monitor/in.wav";

test.each(EXAMPLES)("%s runs unedited", async (example) => {
  const call = { ...missedCall(), conversations: [conversation({ recording: RECORDED })] };
  const answered = answeredCall({ conversations: [conversation({ recording: RECORDED })] });

  const trial = await tryExample(example, example.includes("task") ? call : answered);

  expect(isHookName(basename(example).split(".")[0] ?? "")).toBe(true);
  expect(trial.result).toMatchObject({ kind: "answered" });
});

const data = ({ result }: Trial): unknown => (result.kind === "answered" ? result.data : result);

test("the lists leave out calls of a trunk, and of employees who are not on them", async () => {
  const service = answeredCall({ trunk: "PJSIP/service" });
  const other = answeredCall({ conversations: [conversation({ extension: "109" as never })] });

  expect(data(await tryExample("trunk-list/need_registration.php", service))).toEqual({
    result: false,
  });
  expect(data(await tryExample("trunk-list/need_registration.php", answeredCall()))).toEqual({
    result: true,
  });
  expect(data(await tryExample("extension-list/need_registration.py", other))).toEqual({
    result: false,
  });
  expect(data(await tryExample("extension-list/need_registration.py", answeredCall()))).toEqual({
    result: true,
  });
});

test("numbers get one form, lines their tag, cards their names", async () => {
  const local = answeredCall({ clientPhone: "89161234567" });

  const number = await tryExample("number-format/process_client_phone.ts", local);
  const tagged = await tryExample("tag-by-did/process_contact_creation_params.php", answeredCall());
  const lead = await tryExample("card-names/process_lead_creation_params.php", answeredCall());

  expect(number.withIt).toMatchObject({ phone: "+79161234567" });
  expect(tagged.withIt).toMatchObject({
    _embedded: { tags: [{ name: "asterisk-kommo" }, { name: "office" }] },
  });
  expect(lead.withIt?.["name"]).toMatch(/^79161234567, \d{4}-\d\d-\d\d \d\d:\d\d$/);
});

test("who calls on a Saturday night is called back on Monday", async () => {
  const saturday = epochMs(new Date(2026, 10, 21, 23, 0).getTime());

  const task = await tryExample(
    "call-back-task/process_task_creation_params.py",
    missedCall({ startedAt: saturday }),
  );

  expect(task.withIt).toMatchObject({
    complete_till: new Date(2026, 10, 23, 10, 0).getTime() / 1000,
  });
});

test("numbers abroad are dialled by another context, recordings looked for by date", async () => {
  const abroad = await tryExample(
    "trunk-by-prefix/process_originate_params.php",
    answeredCall({ clientPhone: "0044123456" }),
  );
  const call = answeredCall({ conversations: [conversation({ recording: RECORDED })] });
  const recorded = await tryExample("record-by-date/process_record_file_path.php", call);
  const converted = await tryExample("record-converter/process_record_file_path.sh", call);

  expect(data(abroad)).toMatchObject({ context: "from-internal-abroad" });
  expect(String((data(recorded) as { file_path: string }).file_path)).toMatch(
    /monitor\/\d{4}\/\d\d\/\d\d\/in\.wav$/,
  );
  expect(data(converted)).toEqual({ file_path: RECORDED });
});

test("post_registration posts the call to the address beside it", async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await using scripts = withExample("web-hook/post_registration.ts");
  const { port } = server.address() as AddressInfo;
  writeFileSync(join(scripts.folder, "web-hook-url.txt"), `http://127.0.0.1:${port}/calls\n`);

  const trial = await tryOnCall("post_registration", answeredCall(), {
    settings,
    run: (name, input) => scripts.customizations.run(name, input),
  });
  server.close();

  expect(trial).toMatchObject({ result: { kind: "answered" } });
  expect(JSON.parse(bodies[0] ?? "{}")).toMatchObject({ linkedid: "1795261714.0", attempt: 1 });
});

const ITGRIX: Readonly<Partial<Record<HookName, string>>> = {
  need_registration: `<?php
$black_list = array('trunk', '102');
$result = true;
foreach ($params['call_full']['conversations'] as $conversation) {
    if (in_array($conversation['user']['extension'], $black_list)) { $result = false; }
}
return array('state' => 'success', 'data' => array('result' => $result));
`,
  process_client_phone: `<?php
$phone = $params['phone'];
if (strlen($phone) == 11 && $phone[0] == '8') {
    $phone = '+7' . substr($phone, 1);
}
return array(
    'data' => array('phone' => $phone),
    'state' => 'success'
);
?>
`,
  process_call_params: `<?php
unset($params['call_full']);
$params['call_result'] = $params['direction'] == 'inbound' ? 'Входящий звонок' : 'Исходящий';
return array('data' => $params, 'state' => 'success');
`,
  process_contact_creation_params: `<?php
$type = $params['conversation']['type'];
$tags = $type == 2 ? array('Incoming') : array('Outgoing');
return array(
    'data' => array(
        'custom_fields_values' => $params['custom_fields_values'],
        'name' => 'Client ' . $params['call']['client_phone'],
        'responsible_user_id' => $params['responsible_user_id'],
        'tags' => $tags
    ),
    'state' => 'success'
);
`,
  process_unsorted_creation_params: `<?php
$data = $params;
$data['_embedded']['leads'][0]['name'] = 'Call to ' . $params['call_full']['channel']['trunk']['number'];
$data['_embedded']['leads'][0]['tags'] = array(array('name' => 'Itgrix'));
$data['metadata']['is_call_event_needed'] = false;
return array('data' => $data, 'state' => 'success');
`,
};

const CHANGED: Readonly<Partial<Record<HookName, object>>> = {
  need_registration: { result: true },
  process_client_phone: { phone: "+79161234567" },
  process_call_params: { call_result: "Входящий звонок", phone: "89161234567" },
  process_contact_creation_params: {
    name: "Client 89161234567",
    _embedded: { tags: [{ name: "Incoming" }] },
  },
  process_unsorted_creation_params: {
    _embedded: {
      leads: [{ name: "Call to 74951000101", _embedded: { tags: [{ name: "Itgrix" }] } }],
    },
    metadata: { is_call_event_needed: false },
  },
};

test.each(Object.keys(ITGRIX) as HookName[])(
  "an Itgrix action %s.php runs as it is",
  async (name) => {
    await using scripts = openScripts({ [`${name}.php`]: ITGRIX[name] ?? "" });

    const trial = await tryOnCall(name, answeredCall({ clientPhone: "89161234567" }), {
      settings,
      run: (asked, input) => scripts.customizations.run(asked, input),
    });

    expect(trial).toMatchObject({ result: { kind: "answered" }, withIt: CHANGED[name] });
  },
);

const names = Object.keys(HOOKS) as HookName[];

test.each(names)(
  "what `new %s` writes in each language runs, and changes nothing",
  async (name) => {
    const call = { ...missedCall(), conversations: [conversation({ recording: RECORDED })] };
    for (const language of LANGUAGES) {
      await using scripts = openScripts({ [`${name}.${language}`]: templateOf(name, language) });
      const trial = await tryOnCall(name, call, {
        settings,
        run: (asked, input) => {
          expect(readShape(HOOKS[name].input, input, name)).toMatchObject({ ok: true });
          return scripts.customizations.run(asked, input);
        },
      });

      expect([language, trial]).toMatchObject([language, { result: { kind: "answered" } }]);
      if (typeof trial !== "string") expect(trial.withIt).toMatchObject(trial.without ?? {});
    }
  },
);

test("an editor finds the types of scripts with no node_modules", async () => {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-types-"));
  for (const name of names)
    for (const language of ["ts", "js"] as const)
      writeFileSync(join(folder, `${name}.${language}`), templateOf(name, language));
  cpSync(SHIPPED, join(folder, "examples"), {
    recursive: true,
    filter: (path) => !/\.(json|d\.ts)$/.test(path),
  });
  const wrong = `import type { ProcessClientPhone } from "asterisk-kommo/customization";
export const script: ProcessClientPhone = ({ phon }) => ({ data: { phone: phon }, state: "success" });\n`;
  expect(runTypes(["--folder", folder])).toBe(0);

  const clean = await checkTypes(folder);
  writeFileSync(join(folder, "wrong.ts"), wrong);
  const broken = await checkTypes(folder);
  rmSync(folder, { recursive: true, force: true });

  expect(
    clean
      .split("\n")
      .filter((line) => !line.includes("Cannot find name") && !line.includes("examples/"))
      .join("\n"),
  ).toBe("");
  expect(broken).toContain("wrong.ts");
});

function checkTypes(folder: string): Promise<string> {
  const tsc = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, "-p", folder], (_, out) => resolve(out.trim()));
  });
}
