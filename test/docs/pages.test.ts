// The pages for administrators: what they tell to type can be typed, what they link to is there, and
// what is made from the program is current.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { checks } from "../../src/cli/doctor/registry.ts";
import { LISTENER, DIALLER, managerSections } from "../../src/cli/setup/manager-users.ts";
import { CONFIGURATION_PAGE, configurationPage } from "../../src/config/configuration-page.ts";
import { allKeys } from "../../src/config/keys.ts";
import { readJsonText, valueOf } from "../../src/config/json-text.ts";
import { runProgram } from "../cli/spawned.ts";
import { errorsOf, GOOD, load, removeFolders, write } from "../config/written-config.ts";

afterAll(removeFolders);

const root = join(import.meta.dirname, "../..");
const read = (page: string): string => readFileSync(join(root, page), "utf8");
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));

test("the configuration page is what npm run docs makes", () => {
  expect(read(CONFIGURATION_PAGE)).toBe(configurationPage());
});

test.each(pages)("%s links only to what is there", (page) => {
  const links = [...read(page).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link));

  const missing = links.filter((link) => !existsSync(join(root, dirname(page), link)));

  expect(missing).toEqual([]);
});

type Told = { readonly command: string; readonly words: readonly string[] };

/** Commands in code, inline or in blocks: "asterisk-kommo calls list --state set-aside". */
function commandsIn(text: string): Told[] {
  const code = [...text.matchAll(/```sh\n(.*?)```|`([^`\n]+)`/gs)].map(
    ([, block, inline]) => block ?? inline ?? "",
  );
  return code
    .flatMap((part) => part.replaceAll("\\\n", " ").split(/\n|;|&&|\|/))
    .flatMap((line) => {
      const [, rest] = /(?:^|\s)(?:npx )?asterisk-kommo ([a-z][\w-]*(?:\s.*)?)$/.exec(line) ?? [];
      const words = (rest ?? "").split(/\s+/).filter((word) => word !== "" && word !== "…");
      const [command] = words;
      // "asterisk-kommo needs Node.js 24" is what it says, not what is typed.
      return command === undefined || command === "needs"
        ? []
        : [{ command, words: words.slice(1) }];
    });
}

const helps = new Map<string, Promise<{ code: number | null; text: string }>>();
const helpOf = (...names: readonly string[]) => {
  const key = names.join(" ");
  const known =
    helps.get(key) ??
    runProgram([...names, "--help"]).then(({ code, out }) => ({ code, text: out }));
  helps.set(key, known);
  return known;
};

test.each(pages)("%s names only commands and options that there are", async (page) => {
  const wrong: string[] = [];
  for (const { command, words } of commandsIn(read(page))) {
    const sub = /^[a-z][a-z-]+$/.test(words[0] ?? "") ? [words[0] ?? ""] : [];
    const help = await helpOf(command);
    if (help.code !== 0) {
      wrong.push(command);
      continue;
    }
    const own = sub.length === 0 ? help : await helpOf(command, ...sub);
    const ofAll = await helpOf();
    const all = help.text + own.text + ofAll.text;
    for (const option of words.filter((word) => word.startsWith("--")))
      if (!all.includes(option.replace(/=.*/, ""))) wrong.push(`${command} ${option}`);
  }

  expect(wrong).toEqual([]);
});

const EXAMPLES = [
  "docs/installation.md",
  "docs/moving-from-amocrm_asterisk_ng.md",
  "docs/moving-from-itgrix.md",
];

test.each(EXAMPLES)("the configurations in %s are accepted", (page) => {
  const examples = [...read(page).matchAll(/```jsonc\n(.*?)```/gs)].map(([, text = ""]) => text);

  for (const text of examples) {
    const { root: node, syntax } = readJsonText(text);
    expect(syntax).toEqual([]);
    const part = plain(node && valueOf(node)) as Record<string, object>;
    const secret = write("secret", "ami-secret");
    const filled = JSON.parse(
      JSON.stringify({ ...GOOD, ...part }).replace("/etc/asterisk-kommo/ami-secret", secret),
    ) as object;
    expect(errorsOf(load(filled))).toEqual([]);
  }
  expect(examples.length).toBeGreaterThan(0);
});

const plain = (value: unknown): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]))
    : value;

test("the configuration with several exchanges is accepted", () => {
  const [, text = ""] = /```jsonc\n(.*?)```/s.exec(read("docs/several-exchanges.md")) ?? [];

  const secret = write("secret", "ami-secret");
  const loaded = load(text.replaceAll("/etc/asterisk-kommo/ami-secret", secret));

  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.ok && loaded.value.config.exchanges).toHaveLength(2);
});

test("the AMI users to be written by hand are those that setup writes", () => {
  const text = managerSections({
    listener: { username: LISTENER, secret: "choose-a-long-one" },
    dialler: { username: DIALLER, secret: "choose-another-one" },
    switchesOn: false,
  });
  const bare = text.replace(/^;.*\n/gm, "").trim();

  expect(read("docs/installation.md")).toContain(bare);
  expect(read("README.md").replace(/^ +/gm, "")).toContain(bare.split("\n\n")[0]);
});

test("the doctor's page tells of every check", () => {
  const page = read("docs/doctor.md");

  expect(checks.map(({ name }) => name).filter((name) => !page.includes(`| ${name} |`))).toEqual(
    [],
  );
});

test.each(pages)("credentials of systemd in %s are named as keys are", (page) => {
  const names = [...read(page).matchAll(/^LoadCredential=([^:\n]+):/gm)].map(([, name]) => name);

  const secrets = allKeys.filter(({ key }) => key.isSecret).map(({ path }) => path);
  expect(names.filter((name) => !secrets.includes(name ?? ""))).toEqual([]);
});

test("the index leads to every page", () => {
  const index = read("docs/README.md");
  const others = pages.filter((name) => name.startsWith("docs/") && name !== "docs/README.md");

  expect(others.filter((name) => !index.includes(`(${name.slice(5)})`))).toEqual([]);
});

test("pictures are few and small, and each is on a page", () => {
  const names = readdirSync(join(root, "docs/pictures"));
  const all = pages.map(read).join();

  const bytes = names.map((name) => statSync(join(root, "docs/pictures", name)).size);

  expect(names.filter((name) => !all.includes(`pictures/${name})`))).toEqual([]);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(600_000);
});
