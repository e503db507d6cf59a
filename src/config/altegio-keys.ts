/** The keys of Altegio: which locations, where their appointments belong, what is written of them. */
import type { FieldName } from "../altegio/settings.ts";
import type { StageRule } from "../altegio/stage.ts";
import {
  flag,
  oneOf,
  pathSecret,
  plainText,
  publicUrl,
  secretText,
  wholeNumberFrom,
  type Format,
} from "./formats.ts";
import { optional, secret, withDefault } from "./key.ts";
import {
  either,
  formatOf,
  listOf,
  mapOf,
  mapped,
  objectOf,
  oneOrMany,
  shapeOf,
  textThat,
  type Shape,
} from "./shapes.ts";

const id: Shape<number> = {
  ...shapeOf(wholeNumberFrom(1, Number.MAX_SAFE_INTEGER)),
  expects: "an id",
};
/** Altegio's ids are texts to us: they are compared and never counted with. */
const idText: Shape<string> = mapped(id, String);
const isId = (name: string): boolean => /^[1-9]\d{0,15}$/.test(name);

const locations: Format<readonly string[]> = formatOf(
  listOf(idText, "a list of location ids as [4564]"),
);

type Pair = readonly [number, number];
const pair: Shape<Pair> = {
  expects: "a pair of pipeline and status as [8123001, 142]",
  flaws: (value) => {
    const isPair = Array.isArray(value) && value.length === 2 && value.every(Number.isInteger);
    return isPair ? [] : [{ at: [], wrong: "is no pair", instead: "write [pipeline, status]" }];
  },
  read: (value) => value as Pair,
};
const PAIRS = 'a list of pairs [pipeline, status], at least one, or "any_open"';
const pairs: Shape<readonly Pair[]> = {
  ...listOf(pair, PAIRS),
  flaws: (value) =>
    Array.isArray(value) && value.length === 0
      ? [{ at: [], wrong: "is empty", instead: `write ${PAIRS}` }]
      : listOf(pair, PAIRS).flaws(value),
};
const statuses: Format<"any_open" | readonly Pair[]> = {
  ...formatOf(either(shapeOf(oneOf("any_open", "any_open")), pairs, PAIRS)),
  fromText: (text) => (text === "any_open" ? text : formatOf(pairs).fromText(text)),
};

const place = objectOf(
  "an object with pipeline_id and, if you like, status_id",
  { pipeline_id: id },
  { status_id: id },
);
const places = formatOf(
  mapOf(place, {
    expects: 'places by location, as { "4564": { "pipeline_id": 8123001 } }',
    names: isId,
  }),
);

const attendance: Shape<-1 | 0 | 1 | 2> = {
  expects: "-1 (did not come), 0 (waiting), 1 (came) or 2 (confirmed)",
  flaws: (value) =>
    [-1, 0, 1, 2].includes(value as number)
      ? []
      : [{ at: [], wrong: "is no attendance", instead: "write -1, 0, 1 or 2" }],
  read: (value) => value as -1 | 0 | 1 | 2,
};

const stage = objectOf("a stage", { pipeline_id: id, status_id: id }, {});
const stay: Shape<null> = {
  expects: "null",
  flaws: (value) =>
    value === null ? [] : [{ at: [], wrong: "is a stage", instead: "write null" }],
  read: () => null,
};
const stageRule: Shape<StageRule> = mapped(
  objectOf(
    "an object with conditions and stage",
    {
      stage: either(
        stay,
        stage,
        'a stage as { "pipeline_id": 8123001, "status_id": 142 }, or null: it stays',
      ),
    },
    {
      attendance,
      deleted: shapeOf(flag),
      paid_full: shapeOf(flag),
      locations: oneOrMany(idText),
      staff: oneOrMany(idText),
      services: oneOrMany(idText),
      categories: oneOrMany(idText),
      pipelines: oneOrMany(id),
      from: pairs,
    },
  ),
  ({ paid_full: paidFull, stage: to, ...rule }) => ({
    ...rule,
    ...(paidFull === undefined ? {} : { paidFull }),
    stage: to === null ? null : { pipelineId: to.pipeline_id, statusId: to.status_id },
  }),
);

const attendanceByStage = objectOf(
  "an object with a stage and attendance",
  { pipeline_id: id, status_id: id, attendance },
  {},
);
const checkoutByStage = objectOf(
  "an object with a stage and method",
  { pipeline_id: id, status_id: id, method: shapeOf(oneOf("cash", "cashless")) },
  { account_id: idText },
);

/** All of them, held to the room's own list by their type. */
const FIELD_NAMES = {
  record_id: true,
  services: true,
  service_categories: true,
  staff: true,
  location: true,
  date: true,
  length: true,
  labels: true,
  client_tags: true,
  comment: true,
  attendance: true,
  visit_id: true,
  link: true,
  visits: true,
  due: true,
  paid: true,
  payment_status: true,
  payment_type: true,
  paid_at: true,
} satisfies Record<FieldName, true>;
const fieldName = textThat("the name of a field", (text) =>
  text.length > 250 || /\p{Cc}/u.test(text) ? "is a text that does not fit" : undefined,
);
// Only these names come through.
const fields = formatOf(
  mapOf(either(id, fieldName, "the id or the name of a field of leads"), {
    expects: `fields of leads by ${Object.keys(FIELD_NAMES).join(", ")}: their ids or names`,
    names: (name) => Object.hasOwn(FIELD_NAMES, name),
  }),
) as Format<ReadonlyMap<FieldName, number | string>>;

const userOfStaff = formatOf(
  mapOf(id, {
    expects: 'Kommo users by staff member of Altegio, as { "45641": 9100002 }',
    names: isId,
  }),
);

const color: Format<string> = formatOf(
  textThat("six digits of a colour as f44336", (text) =>
    /^[0-9a-f]{6}$/i.test(text) ? undefined : "is no colour",
  ),
);

const NOTES = 'a list of "booked", "changed", "cancelled" and "paid"';
const notes = formatOf(listOf(shapeOf(oneOf("booked", "changed", "cancelled", "paid")), NOTES));

const DAY = '"today", "never" or a day as "2026-11-30"';
const fillFrom: Format<string> = {
  ...formatOf(
    textThat(DAY, (text) => {
      const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
      return isDay || text === "today" || text === "never" ? undefined : "is no day";
    }),
  ),
  fromText: (text) => text,
};

export const altegioKeys = {
  locations: withDefault(locations, [], "ids of Altegio's locations; empty: Altegio is off"),
  api_url: withDefault(
    publicUrl,
    "https://api.alteg.io",
    "where its API is; https://api.yclients.com for YCLIENTS",
  ),
  partner_token: secret(optional(secretText, "token of the partner account")),
  user_token: secret(
    optional(secretText, "token of a user with all rights; it ends with a change of the password"),
  ),
  webhook_secret: secret(
    optional(
      pathSecret,
      "the end of the address that Altegio's webhooks come to; else made at the first start",
    ),
  ),
  poll_seconds: withDefault(
    wholeNumberFrom(10, 3_600),
    60,
    "how often Altegio is asked what has changed",
  ),
  fill_from: withDefault(
    fillFrom,
    "today",
    "appointments of this day and later are taken up at the first start",
  ),
  duplicates: {
    search: withDefault(flag, true, "look for a lead of the client before a new one is made"),
    statuses: withDefault(statuses, "any_open", "in which statuses; any_open: all but 142 and 143"),
    record_id_mode: withDefault(
      oneOf("empty_only", "any"),
      "empty_only",
      "any: a lead that has another record ID is suitable too",
    ),
    pick: withDefault(oneOf("newest", "oldest"), "newest", "of several suitable leads"),
    require_any_custom_field: withDefault(flag, false, "only leads with any field filled"),
    strict_country: withDefault(flag, false, "also the country of the number has to be the same"),
  },
  no_client: withDefault(
    oneOf("skip", "create"),
    "skip",
    "what becomes of an appointment without a client",
  ),
  contact_key: withDefault(
    oneOf("phone", "client_id"),
    "phone",
    "client_id: people who share a telephone number are contacts of their own",
  ),
  new_lead: {
    make: withDefault(flag, true, "false: appointments only go into leads that are there"),
    pipeline_id: optional(wholeNumberFrom(1, Number.MAX_SAFE_INTEGER), "else the main pipeline"),
    status_id: optional(wholeNumberFrom(1, Number.MAX_SAFE_INTEGER), "else its first status"),
    by_location: withDefault(places, new Map(), "another place for a location's new leads"),
    name: withDefault(
      plainText,
      "{client}: {services}",
      "name of new leads; {client} {services} {record}",
    ),
    tag: optional(plainText, "tag of leads that were made or merged"),
  },
  stages: withDefault(
    formatOf(listOf(stageRule, 'a list of rules, each { "attendance": 1, "stage": { … } }')),
    [],
    "to which stage attendance, deletion and payment move a lead; the first that fits",
  ),
  allow_backward: withDefault(flag, false, "leads may be moved back to an earlier stage"),
  reopen_closed: withDefault(flag, false, "won and lost leads may be moved"),
  fields: withDefault(
    fields,
    new Map<FieldName, number | string>(),
    'which fields of the lead show what; record_id is "Altegio Record ID" unless said otherwise',
  ),
  price: withDefault(oneOf("cost", "paid", "none"), "cost", "what the lead's budget is"),
  responsible_by_staff: withDefault(userOfStaff, new Map(), "responsible users by staff member"),
  overwrite_contact: withDefault(flag, false, "the client's name and number replace the contact's"),
  clear_record_id_on_delete: withDefault(
    flag,
    false,
    "the lead of a deleted appointment is free again",
  ),
  booking: {
    color: optional(
      color,
      "colour in Altegio's journal of appointments that are booked on a lead card, as f44336",
    ),
    labels: withDefault(
      formatOf(listOf(id, "a list of ids of Altegio's appointment categories")),
      [],
      "their categories",
    ),
  },
  notes: withDefault(notes, ["cancelled", "paid"], "what is told as a note on the lead"),
  task: {
    text: optional(plainText, "with it, a booking makes a task with this text"),
    minutes_before: withDefault(
      wholeNumberFrom(0, 525_600),
      1_440,
      "so long before the appointment that task is due",
    ),
    type_id: withDefault(wholeNumberFrom(1, 2_147_483_647), 1, "its type in Kommo"),
  },
  attendance_by_stage: withDefault(
    formatOf(listOf(attendanceByStage, "a list of stages with attendance")),
    [],
    "a lead moved there by a person sets the attendance in Altegio",
  ),
  checkout_by_stage: withDefault(
    formatOf(listOf(checkoutByStage, "a list of stages with method")),
    [],
    "a lead moved there by a person pays what is open for the visit",
  ),
};
