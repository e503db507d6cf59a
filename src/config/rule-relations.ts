/** What is wrong between rules, working hours and the keys that name them. */
import type { Relation, ValueOf } from "./relation.ts";

export function ruleRelations(valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] {
  return [
    ...unknownHours(valueOf),
    ...unknownExchanges(valueOf),
    ...stagesWithoutPipeline(valueOf),
    ...halfDefaultUser(valueOf, isGiven),
  ];
}

type Raw = ReadonlyMap<string, unknown>;

const rulesOf = (valueOf: ValueOf): readonly Raw[] => {
  const rules = valueOf("rules");
  return Array.isArray(rules) ? (rules as readonly Raw[]) : [];
};

const employeesOf = (valueOf: ValueOf): readonly Raw[] => {
  const employees = valueOf("distribution.employees");
  return Array.isArray(employees) ? (employees as readonly Raw[]) : [];
};

const partOf = (rule: Raw, part: "when" | "then"): Raw => rule.get(part) as Raw;

function unknownHours(valueOf: ValueOf): Relation[] {
  const entries = valueOf("working_hours");
  if (!(entries instanceof Map)) return [];
  const names = [...(entries as Raw).keys()];
  const instead =
    names.length === 0 ? "write the entry" : `write the entry, or name one of ${names.join(", ")}`;
  const missing = (name: unknown): boolean => typeof name === "string" && !names.includes(name);
  const severity = "error";
  const wrong = "names working hours that are not in working_hours";
  return [
    ...["task.working_hours", "distribution.working_hours"]
      .filter((key) => missing(valueOf(key)))
      .map((key) => ({ severity, key, wrong, instead }) as const),
    ...employeesOf(valueOf).flatMap((employee, index): Relation[] => {
      if (!missing(employee.get("working_hours"))) return [];
      const at = [index, "working_hours"];
      return [
        { severity, key: `distribution.employees[${index}].working_hours`, at, wrong, instead },
      ];
    }),
    ...rulesOf(valueOf).flatMap((rule, index): Relation[] => {
      const hours = partOf(rule, "when").get("hours");
      const name = typeof hours === "string" ? hours.split(" ")[1] : undefined;
      if (!missing(name)) return [];
      const at = [index, "when", "hours"];
      return [{ severity, key: `rules[${index}].when.hours`, at, wrong, instead }];
    }),
  ];
}

function unknownExchanges(valueOf: ValueOf): Relation[] {
  const entries = valueOf("exchanges");
  if (!Array.isArray(entries)) return [];
  const names: readonly unknown[] = (entries as readonly Raw[]).map((entry) => entry.get("name"));
  return rulesOf(valueOf).flatMap((rule, index): Relation[] => {
    const named = [partOf(rule, "when").get("exchange") ?? []].flat();
    if (named.every((name) => names.includes(name))) return [];
    const instead =
      names.length === 0 ? "remove it: there is only one" : `name one of ${names.join(", ")}`;
    const at = [index, "when", "exchange"];
    const key = `rules[${index}].when.exchange`;
    return [{ severity: "error", key, at, wrong: "names no entry of exchanges", instead }];
  });
}

/** The same stage ids (won, lost) are in every pipeline. @source kommo-api, section 12 */
function stagesWithoutPipeline(valueOf: ValueOf): Relation[] {
  return rulesOf(valueOf).flatMap((rule, index): Relation[] => {
    const then = partOf(rule, "then");
    if (!then.has("status_id") || then.has("pipeline_id")) return [];
    const instead = "give pipeline_id too: the pipeline that has this stage";
    const at = [index, "then", "status_id"];
    const key = `rules[${index}].then.status_id`;
    return [{ severity: "error", key, at, wrong: "stands without a pipeline", instead }];
  });
}

function halfDefaultUser(valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] {
  if (valueOf("responsible.existing_card") !== "if_default") return [];
  if (isGiven("responsible.default_user")) return [];
  const wrong = "needs to know who that is";
  const instead = "give responsible.default_user: the user from whom cards are taken over";
  return [{ severity: "error", key: "responsible.existing_card", wrong, instead }];
}
