// Holds the import rule of the rooms: a room knows its neighbours' values, not their behaviour.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "@jest/globals";

const source = resolve(import.meta.dirname, "../src");

/** Which rooms a room may import values from. Types are free: they are the language between rooms. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  config: ["lib"],
  store: ["lib"],
  ami: ["lib"],
  calls: ["lib", "ami/ids.ts"],
  customization: ["lib"],
  registration: ["lib"],
  outbox: ["lib", "store"],
  kommo: ["lib"],
  directory: ["lib", "store"],
  recordings: ["lib"],
  http: ["lib"],
  widget: ["lib"],
  altegio: ["lib", "store"],
  originate: ["lib", "store"],
  simulator: ["lib"],
};
const unbound = ["cli", "main.ts"];
const oddNames = /^(utils?|types?|index|manager|helpers?|common|misc)\.ts$/;

type Import = { from: string; to: string };

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);

function valueImports(file: string): Import[] {
  const text = readFileSync(join(source, file), "utf8");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^;"']*?["'](\.[^"']+)["'];/gms);
  return [...statements]
    .filter((statement) => statement[1] === undefined)
    .map((statement) => ({
      from: file,
      to: relative(source, resolve(source, dirname(file), statement[2] ?? "")),
    }));
}

const roomOf = (file: string): string => file.split("/")[0] ?? "";

test("each room imports values only from the rooms that the design allows", () => {
  const broken = files.flatMap(valueImports).filter(({ from, to }) => {
    const room = roomOf(from);
    if (unbound.includes(room) || room === roomOf(to)) return false;
    const doors = allowed[room] ?? [];
    return !doors.some((door) => to === door || to.startsWith(`${door}/`));
  });

  expect(broken).toEqual([]);
});

test("every folder of src is a room of the design", () => {
  const rooms = new Set(files.map(roomOf));

  expect([...rooms].filter((room) => !unbound.includes(room) && !(room in allowed))).toEqual([]);
});

test("no file has a name that says nothing, or more than 400 lines", () => {
  const tests = readdirSync(join(source, "../test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("../test", name));

  const nameless = files.filter((file) => oddNames.test(file.split("/").at(-1) ?? ""));
  const long = [...files, ...tests].filter(
    (file) => readFileSync(join(source, file), "utf8").split("\n").length > 401,
  );

  expect(nameless).toEqual([]);
  expect(long).toEqual([]);
});
