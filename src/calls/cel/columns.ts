/**
 * The columns of CEL that are looked at, under the names that the backends and their samples use.
 * An administrator names others in `cel.columns`.
 */
export const CEL_FIELDS = [
  "eventtime",
  "eventtype",
  "channame",
  "cidnum",
  "exten",
  "context",
  "appname",
  "appdata",
  "uniqueid",
  "linkedid",
  "peer",
  "extra",
] as const;

export type CelField = (typeof CEL_FIELDS)[number];

/** Our field → its name in the table. */
export type CelColumns = ReadonlyMap<CelField, string>;

/** Without one of these there are no calls to be told. */
export const NEEDED_FIELDS = [
  "eventtime",
  "eventtype",
  "channame",
  "uniqueid",
  "linkedid",
] as const;

/** @source cel_odbc, cel_pgsql, cel_mysql (FreePBX), cel_custom.conf.sample, cel_sqlite3_custom */
const USUAL_NAMES: Readonly<Record<CelField, readonly string[]>> = {
  eventtime: ["eventtime", "event_time", "time"],
  eventtype: ["eventtype", "event_type", "eventname", "event"],
  channame: ["channame", "chan_name", "channel"],
  cidnum: ["cid_num", "cidnum", "callerid_num"],
  exten: ["exten", "extension"],
  context: ["context"],
  appname: ["appname", "app_name"],
  appdata: ["appdata", "app_data"],
  uniqueid: ["uniqueid", "unique_id"],
  linkedid: ["linkedid", "linked_id"],
  peer: ["peer", "bridgepeer"],
  extra: ["extra", "eventextra", "event_extra"],
};

/** The columns of cel_custom.conf.sample, whose files have no header. */
export const SAMPLE_COLUMNS: readonly string[] =
  "eventtype,eventtime,cidname,cidnum,cidani,cidrdnis,ciddnid,exten,context,channame,appname,appdata,amaflags,accountcode,uniqueid,linkedid,peer,userfield,userdeftype,extra".split(
    ",",
  );

export type ColumnsFound = {
  readonly columns: CelColumns;
  /** Needed ones that the table lacks. */
  readonly missing: readonly string[];
};

/**
 * @param present the names of the table's columns
 * @param given our field → its name, where the administrator says so
 */
export function findColumns(
  present: readonly string[],
  given: ReadonlyMap<string, string> = new Map(),
): ColumnsFound {
  const byLowerCase = new Map(present.map((name) => [name.trim().toLowerCase(), name]));
  const columns = new Map<CelField, string>();
  for (const field of CEL_FIELDS) {
    const chosen = given.get(field);
    const names = chosen === undefined ? USUAL_NAMES[field] : [chosen.toLowerCase()];
    const name = names.map((one) => byLowerCase.get(one)).find((one) => one !== undefined);
    if (name !== undefined) columns.set(field, name);
  }
  const unknown = [...given].filter(([field]) => !columns.has(field as CelField));
  const missing = [
    ...NEEDED_FIELDS.filter((field) => !columns.has(field) && !given.has(field)),
    ...unknown.map(([, name]) => name),
  ];
  return { columns, missing };
}
