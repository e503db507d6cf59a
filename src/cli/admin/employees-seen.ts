/** Extensions and Kommo users side by side, with what is missing: who takes part in calls, and is nobody's. */
import { postgresPartsOf } from "../../calls/figures-postgres.ts";
import { partsOf } from "../../calls/figures-schema.ts";
import type { DeviceStates } from "../../ami/device-states.ts";
import type { EmployeesAnswer, KommoUser } from "../../http/admin/contract-pages.ts";
import type { User } from "../../kommo/entities/users.ts";
import { exchangeIn } from "../../lib/exchange-names.ts";
import { userAt } from "../../registration/employees.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import type { Store } from "../../store/store.ts";

export type EmployeesDeps = {
  readonly store: Pick<Store, "read">;
  readonly settings: RegistrationSettings;
  readonly users: () => readonly User[];
  readonly telephones: Pick<DeviceStates, "stateOf">;
  /** Not by the configuration, and so to be taken away on the page. */
  readonly isGiven: (extension: string) => boolean;
};

/** Enough to see who takes part, and few enough to be read at once. */
const LAST_CALLS = 2_000;

export async function readEmployees(deps: EmployeesDeps): Promise<EmployeesAnswer> {
  const { settings } = deps;
  const seen = await lastParts(deps.store);
  const known = new Map(deps.users().map((user) => [user.id, user]));
  const told = (id: number): KommoUser => {
    const user = known.get(id);
    return { id, name: user?.name ?? null, isActive: user?.isActive ?? null };
  };
  const extensions = new Set([...settings.users.keys(), ...seen.keys()]);
  const employees = [...extensions].map((extension) => {
    const named = settings.users.get(extension) ?? ofEmployees(extension, settings);
    const { calls, lastAt } = seen.get(extension) ?? { calls: 0, lastAt: null };
    const state = deps.telephones.stateOf(extension);
    return {
      ...{ extension, calls, lastCallAt: lastAt, users: named.map(told) },
      exchange: exchangeIn(extension) ?? null,
      telephone:
        state === undefined
          ? ("unknown" as const)
          : state === "unavailable"
            ? ("not-registered" as const)
            : ("registered" as const),
      from: fromWhere(named.length > 0, deps.isGiven(extension)),
    };
  });
  const taken = new Set(employees.flatMap(({ users }) => users.map(({ id }) => id)));
  for (const { user } of settings.employees) taken.add(user);
  const { unknownExtension } = settings;
  return {
    unknownExtension:
      unknownExtension === "leave_out" ? "leave_out" : String(unknownExtension.user),
    employees: employees.toSorted(gapsFirst),
    usersWithout: [...known.values()]
      .filter(({ id, isActive }) => isActive && !taken.has(id))
      .map(({ id }) => told(id)),
    areUsersKnown: known.size > 0,
  };
}

const fromWhere = (isSomebodys: boolean, isGiven: boolean): Employee["from"] =>
  !isSomebodys ? "nobody" : isGiven ? "list" : "configuration";

/** By a pattern or a further number of `employees`. */
function ofEmployees(extension: string, settings: RegistrationSettings): readonly number[] {
  const { user, isUnknown } = userAt(extension, settings);
  return user === undefined || isUnknown ? [] : [user];
}

type Employee = EmployeesAnswer["employees"][number];

/** Whose calls nobody gets comes first, the busiest of them at the top. */
function gapsFirst(one: Employee, other: Employee): number {
  const gap = (employee: Employee): number =>
    employee.users.length === 0 || employee.users.some(({ isActive }) => isActive === false)
      ? 0
      : 1;
  return (
    gap(one) - gap(other) ||
    (gap(one) === 0 ? other.calls - one.calls : 0) ||
    one.extension.localeCompare(other.extension, "en", { numeric: true })
  );
}

/** Counted by the database: two thousand calls' facts, read here, would hold the loop for 20 ms. */
async function lastParts(
  store: Pick<Store, "read">,
): Promise<ReadonlyMap<string, { calls: number; lastAt: number }>> {
  const told = (parts: string, extension: string): string =>
    `SELECT ${extension} AS extension, count(DISTINCT call.id) AS calls,
            max(call.started_at) AS last_at
     FROM (SELECT id, started_at, facts FROM call ORDER BY started_at DESC LIMIT ${LAST_CALLS})
       AS call, ${parts} GROUP BY 1`;
  const rows = await store.read({
    sql: told(partsOf("call"), "part.value ->> '$.extension'"),
    postgres: told(postgresPartsOf("call"), "part ->> 'extension'"),
    values: [],
  });
  return new Map(
    rows.map((row) => [
      String(row["extension"]),
      { calls: Number(row["calls"]), lastAt: Number(row["last_at"]) },
    ]),
  );
}
