/** Formats of the keys that decide what becomes of a call: rules, working hours, whose a call is. */
import type { CallClass, CallOn, Rule } from "../registration/rules.ts";
import type { ResponsibleSource } from "../registration/settings.ts";
import type { Span, WorkingHours } from "../registration/working-hours.ts";
import { exchangeName } from "./exchange-formats.ts";
import { flag, oneOf, wholeNumberFrom, type Format } from "./formats.ts";
import { namePattern, numberPattern, userId } from "./number-formats.ts";
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

const text = textThat("a text in one line, of at most 250 characters", (value) =>
  value.length > 250 || /[\0-\x1f\x7f]/.test(value) ? "is a text that does not fit" : undefined,
);

const PLACEHOLDERS = ["phone", "did", "trunk", "direction", "missed", "time", "employee"];

const templateOf = (placeholders: readonly string[]): Shape<string> =>
  textThat(`a text that may hold ${placeholders.map((name) => `{${name}}`).join(" ")}`, (value) => {
    if (value.length > 250 || /[\0-\x1f\x7f]/.test(value)) return "is a text that does not fit";
    const strange = [...value.matchAll(/\{(\w*)\}/g)]
      .map(([, name = ""]) => name)
      .find((name) => !placeholders.includes(name));
    return strange === undefined ? undefined : `holds {${strange}}, which is not known`;
  });

/** "{phone} - {missed} {direction}" */
const template = templateOf(PLACEHOLDERS);

const keyOfTemplate = (what: string, shape: Shape<string>): Format<string> => ({
  ...formatOf(shape),
  expects: `${what}: ${shape.expects}`,
  fromText: (given) => given,
});

/** @param what makes its words its own */
export const templateKey = (what: string): Format<string> => keyOfTemplate(what, template);

/** Of a task, which stands on a card that has a name. */
export const taskTextKey = keyOfTemplate("text of the task", templateOf([...PLACEHOLDERS, "name"]));

const entityId: Shape<number> = {
  ...shapeOf(wholeNumberFrom(1, Number.MAX_SAFE_INTEGER)),
  expects: "an id of Kommo",
};

const HOURS_NAME = /^[A-Za-z][\w-]{0,31}$/;

export const hoursName: Format<string> = {
  ...formatOf(
    textThat('the name of an entry of working_hours, as "office"', (value) =>
      HOURS_NAME.test(value) ? undefined : "is a text that does not fit",
    ),
  ),
  fromText: (given) => given,
};

const hours = mapped(
  textThat('"inside NAME" or "outside NAME" of working_hours', (value) =>
    /^(inside|outside) [A-Za-z][\w-]{0,31}$/.test(value)
      ? undefined
      : "is a text that does not fit",
  ),
  (value) => {
    const [is = "", of = ""] = value.split(" ");
    return { is: is === "inside" ? "inside" : "outside", of } as const;
  },
);

const responsibleSource: Shape<ResponsibleSource> = either(
  shapeOf(oneOf("card", "last_rung")),
  objectOf('{ "user": 9100001 }', { user: userId }, {}),
  '"card", "last_rung" or { "user": 9100001 }',
);

const sources = 'a list of "card", "last_rung" and { "user": 9100001 }, tried in this order';

export const responsibleSources: Format<readonly ResponsibleSource[]> = formatOf(
  listOf(responsibleSource, sources),
);

/** One user's id alone may stand for the list. */
const ruleResponsible = either<readonly ResponsibleSource[], readonly ResponsibleSource[]>(
  mapped(userId, (user) => [{ user }]),
  listOf(responsibleSource, sources),
  `the id of a Kommo user, or ${sources}`,
);

const callOn: Shape<CallOn> = either(
  shapeOf(oneOf("kommo", "contact", "newest_lead")),
  {
    expects: '{ "lead": 500210 }, { "contact": 610033 } or { "company": 620001 }',
    flaws: (value) => {
      const flaws = someCard.flaws(value);
      if (flaws.length > 0 || (value instanceof Map && value.size === 1)) return flaws;
      return [
        { at: [], wrong: "names no single card", instead: 'write one, as { "lead": 500210 }' },
      ];
    },
    read: (value) => someCard.read(value) as CallOn,
  },
  '"kommo", "contact", "newest_lead" or one card as { "lead": 500210 }',
);

const someCard = objectOf(
  "an object with lead, contact or company",
  {},
  { lead: entityId, contact: entityId, company: entityId },
);

const callClass: Shape<CallClass> = shapeOf(
  oneOf("inbound_answered", "inbound_missed", "outbound_answered", "outbound_unanswered"),
);

const rule = objectOf(
  "an object with when and then",
  {
    when: objectOf(
      "an object of conditions",
      {},
      {
        exchange: oneOrMany(shapeOf(exchangeName)),
        class: oneOrMany(callClass),
        client: shapeOf(oneOf("known", "unknown")),
        did: oneOrMany(numberPattern),
        trunk: oneOrMany(namePattern),
        queue: oneOrMany(namePattern),
        extension: oneOrMany(namePattern),
        client_number: oneOrMany(numberPattern),
        hours,
      },
    ),
    then: objectOf(
      "an object that says what is done",
      {},
      {
        register: shapeOf(flag),
        unknown_client: shapeOf(oneOf("unsorted", "contact", "contact_and_lead", "ignore")),
        lead_for_known: shapeOf(flag),
        call_on: callOn,
        pipeline_id: entityId,
        status_id: entityId,
        source_name: text,
        tags: listOf(text, "a list of tags"),
        lead_name: template,
        contact_name: template,
        responsible: ruleResponsible,
        task: shapeOf(flag),
      },
    ),
  },
  { name: text },
);

export const rules: Format<readonly Rule[]> = formatOf(
  listOf<Rule>(rule, 'a list of rules, each { "when": { … }, "then": { … } }'),
);

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_SPAN = /^(sun|mon|tue|wed|thu|fri|sat)(-(sun|mon|tue|wed|thu|fri|sat))?$/;
const TIME_SPAN = /^([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const SPANS = 'times as "09:00-18:00" or "09:00-13:00, 14:00-18:00"';

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const spansIn = (value: string): Span[] =>
  value.split(",").map((span) => {
    const [from = "", to = ""] = span.trim().split("-");
    return { from: minutesOf(from), to: minutesOf(to) };
  });

const daySpans: Shape<readonly Span[]> = mapped(
  textThat(SPANS, (value) => {
    if (!value.split(",").every((span) => TIME_SPAN.test(span.trim())))
      return "is a text that does not fit";
    const spans = spansIn(value);
    const isOrdered = spans.every(
      ({ from, to }, index) => from < to && from >= (spans[index - 1]?.to ?? 0),
    );
    return isOrdered ? undefined : "ends before it begins (a night is two days' hours)";
  }),
  spansIn,
);

const holidays = listOf(
  textThat('a day as "2027-01-01"', (value) =>
    /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : "is no day",
  ),
  'a list of days as ["2027-01-01"]',
);

/** "mon-fri" also over the end of the week: "sat-mon". */
function daysIn(span: string): readonly number[] {
  const [from = "", to = from] = span.split("-");
  const [first, last] = [DAYS.indexOf(from), DAYS.indexOf(to)];
  const count = ((last - first + DAYS.length) % DAYS.length) + 1;
  return Array.from({ length: count }, (_, index) => (first + index) % DAYS.length);
}

const ENTRY = 'days with their times, as { "mon-fri": "09:00-18:00", "holidays": ["2027-01-01"] }';

const workingHoursEntry: Shape<WorkingHours> = {
  expects: ENTRY,
  flaws: (value) => {
    const shape = mapOf(daySpans, { expects: ENTRY, names: (name) => DAY_SPAN.test(name) });
    if (!(value instanceof Map)) return shape.flaws(value);
    const given = value as ReadonlyMap<string, unknown>;
    const days = [...given].filter(([name]) => name !== "holidays");
    const listed = holidays.flaws(given.get("holidays") ?? []);
    return [
      ...days.flatMap(([name, part]) => shape.flaws(new Map([[name, part]]))).map(tellDays),
      ...twice(days.map(([name]) => name)),
      ...listed.map((flaw) => ({ ...flaw, at: ["holidays", ...flaw.at] })),
    ];
  },
  read: (value) => {
    const given = value as ReadonlyMap<string, unknown>;
    const days: (readonly Span[])[] = DAYS.map(() => []);
    for (const [name, part] of given)
      if (name !== "holidays") for (const day of daysIn(name)) days[day] = daySpans.read(part);
    return { days, holidays: holidays.read(given.get("holidays") ?? []) };
  },
};

const tellDays = <F extends { wrong: string; instead: string }>(flaw: F): F =>
  flaw.wrong === "has a name that does not fit"
    ? { ...flaw, wrong: "is no day", instead: 'write days as "mon" or "mon-fri"' }
    : flaw;

function twice(names: readonly string[]) {
  const seen = new Set<number>();
  return names
    .filter((name) => DAY_SPAN.test(name))
    .flatMap((name) => {
      const again = daysIn(name).find((day) => seen.has(day));
      for (const day of daysIn(name)) seen.add(day);
      if (again === undefined) return [];
      const wrong = `names ${DAYS[again] ?? "a day"} a second time`;
      return [{ at: [name], wrong, instead: "write each day once" }];
    });
}

export const workingHours: Format<ReadonlyMap<string, WorkingHours>> = formatOf(
  mapOf(workingHoursEntry, {
    expects: 'working hours by name, as { "office": { "mon-fri": "09:00-18:00" } }',
    names: (name) => HOURS_NAME.test(name),
  }),
);
