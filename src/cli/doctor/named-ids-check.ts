/** Whether the users, pipelines and stages that the configuration names are there in the account. */
import type { Config } from "../../config/keys.ts";
import type { Pipeline } from "../../kommo/entities/pipelines.ts";
import type { User } from "../../kommo/entities/users.ts";
import { readPipelines, readUsers } from "../../kommo/read-account.ts";
import type { ResponsibleSource } from "../../registration/settings.ts";
import type { Check } from "./check.ts";
import { checkWithConfig } from "./check.ts";

export const namedIdsCheck: Check = checkWithConfig(
  "users and pipelines",
  async (config, context) => {
    if (!context.hasAccessToken) return { status: "skipped", sentence: "needs a token" };
    const client = context.kommo(config);
    const users = await readUsers(client, context.signal);
    if (!users.ok) {
      const sentence = `the account's users cannot be read: ${users.failure.detail}`;
      return { status: "warning", sentence, remedy: users.failure.hint };
    }
    const named = namedPipelines(config);
    const pipelines = named.length === 0 ? undefined : await readPipelines(client, context.signal);
    if (pipelines?.ok === false) {
      const sentence = `the account's pipelines cannot be read: ${pipelines.failure.detail}`;
      return { status: "warning", sentence, remedy: pipelines.failure.hint };
    }

    const { missing, inactive } = judgeUsers(namedUsers(config), users.value);
    const wrong = [
      ...missing,
      ...(pipelines === undefined ? [] : judgePipelines(named, pipelines.value)),
    ];
    const details = [...wrong, ...inactive];
    const active = users.value.filter(({ isActive }) => isActive).length;
    const sentence = `${active} active users in the account`;
    if (details.length === 0)
      return { status: "ok", sentence: `${sentence}, and all that is named is there` };
    return {
      status: wrong.length > 0 ? "failed" : "warning",
      sentence: `${sentence}; the configuration names others`,
      details,
      remedy: "correct what is listed; users who are not active are passed over",
    };
  },
);

type Named = { readonly id: number; readonly where: string };

/** Each user once, with the first place that names him. */
function namedUsers(
  config: Pick<Config, "users" | "employees" | "rules" | "responsible" | "unknown_extension">,
): Named[] {
  const { users, employees, rules, responsible, unknown_extension: unknown } = config;
  const sources = (listed: readonly ResponsibleSource[], where: string): Named[] =>
    listed.flatMap((source) => (typeof source === "string" ? [] : [{ id: source.user, where }]));
  const all: Named[] = [
    ...[...users].flatMap(([extension, ids]) =>
      ids.map((id) => ({ id, where: `users, ${extension}` })),
    ),
    ...employees.map(({ user }, index) => ({ id: user, where: `employees[${index}]` })),
    ...(unknown === "leave_out" ? [] : [{ id: unknown.user, where: "unknown_extension" }]),
    ...sources(responsible.missed, "responsible.missed"),
    ...(responsible.default_user === undefined
      ? []
      : [{ id: responsible.default_user, where: "responsible.default_user" }]),
    ...rules.flatMap(({ then }, index) =>
      sources(then.responsible ?? [], `rules[${index}].then.responsible`),
    ),
  ];
  return all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index);
}

function judgeUsers(
  named: readonly Named[],
  users: readonly User[],
): { missing: string[]; inactive: string[] } {
  const known = new Map(users.map((user) => [user.id, user]));
  return {
    missing: named
      .filter(({ id }) => !known.has(id))
      .map(({ id, where }) => `${where}: there is no user ${id}`),
    inactive: named
      .filter(({ id }) => known.get(id)?.isActive === false)
      .map(({ id, where }) => `${where}: user ${id} is not active`),
  };
}

type NamedPipeline = {
  readonly pipeline: number;
  readonly status: number | undefined;
  readonly where: string;
};

const namedPipelines = ({ rules }: Pick<Config, "rules">): NamedPipeline[] =>
  rules.flatMap(({ then }, index) =>
    then.pipeline_id === undefined
      ? []
      : [{ pipeline: then.pipeline_id, status: then.status_id, where: `rules[${index}].then` }],
  );

function judgePipelines(named: readonly NamedPipeline[], pipelines: readonly Pipeline[]): string[] {
  return named.flatMap(({ pipeline: id, status, where }) => {
    const pipeline = pipelines.find((one) => one.id === id);
    if (pipeline === undefined) return [`${where}.pipeline_id: there is no pipeline ${id}`];
    if (pipeline.isArchived) return [`${where}.pipeline_id: pipeline ${id} is in the archive`];
    if (status === undefined) return [];
    const stage = pipeline.statuses.find((one) => one.id === status);
    if (stage === undefined) return [`${where}.status_id: pipeline ${id} has no stage ${status}`];
    return stage.isUnsorted
      ? [`${where}.status_id: ${status} is the stage of incoming leads, no lead can be put there`]
      : [];
  });
}
