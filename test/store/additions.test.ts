// A step of the schema that begins with "+" promises that versions before it may go on with the store.
import { expect, test } from "@jest/globals";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { isAddition, type Migration } from "../../src/store/store.ts";

const ADDS = [
  /^CREATE TABLE /,
  /^CREATE INDEX /,
  // A row that the version before writes does not name the column.
  /^ALTER TABLE \w+ ADD COLUMN \w+ \w+(?! NOT NULL$)( NOT NULL DEFAULT .+| DEFAULT .+)?$/,
];

const onlyAdds = ({ statements, postgres = [] }: Migration): boolean =>
  [...statements, ...postgres].every((statement) =>
    ADDS.some((adds) => adds.test(statement.trim().replaceAll(/\s+/g, " "))),
  );

test("whatever says that it only adds does only that", () => {
  const liars = storeMigrations.filter((one) => isAddition(one.id) && !onlyAdds(one));

  expect(liars.map(({ id }) => id)).toEqual([]);
});

test.each([
  ["CREATE TABLE shelf (id INTEGER PRIMARY KEY)", true],
  ["CREATE INDEX shelf_name ON shelf (name)", true],
  ["ALTER TABLE note ADD COLUMN colour TEXT", true],
  ["ALTER TABLE note ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'", true],
  ["ALTER TABLE note ADD COLUMN colour TEXT NOT NULL", false],
  ["CREATE UNIQUE INDEX note_text ON note (text)", false],
  ["ALTER TABLE note RENAME COLUMN text TO words", false],
  ["ALTER TABLE note DROP COLUMN text", false],
  ["DROP TABLE note", false],
  ["UPDATE note SET text = upper(text)", false],
])("%s: only adds is %s", (statement, expected) => {
  expect(onlyAdds({ id: "+one", statements: [statement] })).toBe(expected);
});
