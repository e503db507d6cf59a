/** Formats of the keys that say how to read Asterisk's channel events (CEL). */
import type { Flaw, Format } from "./formats.ts";
import { isTimeZone } from "../lib/time-zone.ts";
import { fromJson, isMap, kindInWords, notA } from "./formats.ts";

/** As they are called in src/calls/cel/columns.ts; a test holds both lists together. */
const FIELDS =
  "eventtime eventtype channame cidnum exten context appname appdata uniqueid linkedid peer extra".split(
    " ",
  );

const TABLE = 'the name of a table, as "cel" or "asterisk.cel"';

export const tableName: Format<string> = {
  expects: TABLE,
  check: (value) =>
    typeof value === "string" && /^[A-Za-z_][\w$]{0,62}(\.[A-Za-z_][\w$]{0,62})?$/.test(value)
      ? []
      : [notA(TABLE, value)],
  fromText: (text) => text,
};

const ZONE = '"local", "UTC" or the name of a time zone, as "Europe/Madrid"';

export const timeZone: Format<string> = {
  expects: ZONE,
  check: (value) => (typeof value === "string" && isZone(value) ? [] : [notA(ZONE, value)]),
  fromText: (text) => text,
};

const isZone = (zone: string): boolean => zone === "local" || isTimeZone(zone);

const COLUMNS = 'fields with the names of their columns, as { "cidnum": "cid_num" }';

export const celColumns: Format<ReadonlyMap<string, string>> = {
  expects: COLUMNS,
  check: (value) => {
    if (!isMap(value)) return [notA(COLUMNS, value)];
    return [...value].flatMap(([field, name]): Flaw[] => [
      ...(FIELDS.includes(field)
        ? []
        : [{ at: [field], wrong: "is no field", instead: `choose one of ${FIELDS.join(", ")}` }]),
      ...(typeof name === "string" && /^[^\0-\x1f]{1,64}$/.test(name)
        ? []
        : [{ at: [field], wrong: kindInWords(name), instead: "write the name of a column" }]),
    ]);
  },
  fromText: fromJson,
};
