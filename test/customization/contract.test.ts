import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { HOOK_NAMES, HOOKS } from "../../src/customization/contract/hooks.ts";
import { readShape } from "../../src/customization/contract/read-shape.ts";
import { integer, list, object, text } from "../../src/customization/contract/shape.ts";
import { GENERATED } from "../../src/customization/contract/write-contract.ts";

const root = join(import.meta.dirname, "../..");

test.each(Object.keys(GENERATED))("%s is as the contract says", (file) => {
  const make = GENERATED[file as keyof typeof GENERATED];

  expect(readFileSync(join(root, file), "utf8")).toBe(make());
});

/** To the letter, from the pages of Itgrix; ours are process_record_file_path's and `attempt`. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  need_registration: ["call_full", "call_stage"],
  process_client_phone: ["call_full", "call_stage", "phone"],
  process_contact_creation_params: [
    "call_full",
    "custom_fields_values",
    "name",
    "responsible_user_id",
    "tags",
  ],
  process_lead_creation_params: [
    "_embedded",
    "call_full",
    "name",
    "pipeline_id",
    "responsible_user_id",
    "status_id",
  ],
  process_unsorted_creation_params: [
    "_embedded",
    "call_full",
    "created_at",
    "metadata",
    "pipeline_id",
    "source_name",
    "source_uid",
  ],
  process_record_file_path: ["call_full", "conversation", "file_path"],
  process_call_params: [
    "call_full",
    "call_result",
    "call_status",
    "created_at",
    "created_by",
    "direction",
    "duration",
    "link",
    "phone",
    "responsible_user_id",
    "source",
  ],
  process_contact_update_params: ["call_full", "id", "responsible_user_id"],
  process_lead_update_params: ["call_full", "id", "responsible_user_id"],
  process_task_creation_params: [
    "call_full",
    "complete_till",
    "created_by",
    "entity_id",
    "entity_type",
    "is_completed",
    "responsible_user_id",
    "task_type",
    "text",
  ],
  post_registration: ["attempt", "call_full"],
  process_originate_params: [
    "caller_id",
    "channel",
    "context",
    "extension",
    "params",
    "priority",
    "request_data",
  ],
  customize_autodistribution: [
    "entity",
    "error",
    "from",
    "name",
    "number",
    "request_data",
    "trunk",
  ],
};

test.each(HOOK_NAMES)("%s is given exactly the documented fields", (name) => {
  const { input } = HOOKS[name];

  expect(input.is === "object" && Object.keys(input.fields).sort()).toEqual(FIELDS[name]);
});

test.each([
  ["x".repeat(9), true],
  ["x".repeat(10), true],
  ["x".repeat(11), false],
  ["", false],
  ["two\nlines", false],
  ["right\u202eleft", false],
])("a text of at most ten characters: %j", (value, fits) => {
  expect(readShape(text("", { most: 10 }), value).ok).toBe(fits);
});

test.each([
  [0, true],
  ["17", true],
  [-1, false],
  [1.5, false],
  ["1e3", false],
  ["9".repeat(16), false],
  [null, false],
])("a whole number from 0: %j", (value, fits) => {
  expect(readShape(integer(""), value).ok).toBe(fits);
});

test("a list may have 500 elements, and not one more", () => {
  const read = (length: number) => readShape(list(integer("")), Array(length).fill(1)).ok;

  expect([read(499), read(500), read(501)]).toEqual([true, true, false]);
});

test("PHP's empty array is an empty object; a field too deep is refused", () => {
  const open = object({}, { isOpen: true });
  const deep = JSON.parse(`{"a":${"[".repeat(20)}${"]".repeat(20)}}`) as unknown;

  expect(readShape(open, [])).toEqual({ ok: true, value: {} });
  expect(readShape(open, deep)).toEqual({ ok: false, failure: expect.stringContaining("nested") });
});
