/** What the two accounts are like: fields and pipelines of Kommo, cash desks and services of Altegio. */
import type { KommoFailure } from "../kommo/failure.ts";
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { AltegioClient } from "./api/client.ts";
import type { AltegioFailure } from "./api/failure.ts";
import { readCategories, readLocations, readServices, type Named } from "./api/places.ts";
import { readAccounts, type Account } from "./api/visits.ts";
import type { CrmField, CrmLead, CrmPipeline, CrmReader } from "./crm.ts";
import type { MappedField } from "./lead-values.ts";
import { wantsCategories, type AltegioSettings, type FieldName, type StageOf } from "./settings.ts";

export type AltegioFacts = {
  readonly recordFieldId: number;
  readonly fields: readonly MappedField[];
  readonly orderOf: (pipelineId: number) => readonly number[];
  readonly isUnsorted: (lead: Pick<CrmLead, "pipelineId" | "statusId">) => boolean;
  /** Where a new lead of this location comes to stand. */
  readonly firstPlaceOf: (locationId: string) => StageOf;
  readonly accountsOf: (locationId: string) => readonly Account[];
  readonly isCash: (locationId: string, accountId: string) => boolean;
  readonly categoryOf: (locationId: string, serviceId: string) => Named | undefined;
  readonly locationTitle: (locationId: string) => string;
};

export type FactsFailure =
  | { readonly of: "kommo"; readonly failure: KommoFailure }
  | { readonly of: "altegio"; readonly failure: AltegioFailure }
  /** What the configuration names is not there. */
  | { readonly of: "setup"; readonly failure: { readonly detail: string; readonly hint: string } };

export type FactsDeps = {
  readonly settings: AltegioSettings;
  readonly crm: CrmReader;
  readonly altegio: AltegioClient;
};

export async function readFacts(
  { settings, crm, altegio }: FactsDeps,
  signal: AbortSignal,
): Promise<Result<AltegioFacts, FactsFailure>> {
  const ask = { urgency: "event", signal } as const;
  const fields = await crm.leadFields(ask);
  if (!fields.ok) return failed({ of: "kommo", failure: fields.failure });
  const pipelines = await crm.pipelines(ask);
  if (!pipelines.ok) return failed({ of: "kommo", failure: pipelines.failure });
  const mapped = mapFields(settings, fields.value);
  if (!mapped.ok) return failed({ of: "setup", failure: mapped.failure });
  const first = firstPlaces(settings, pipelines.value);
  if (!first.ok) return failed({ of: "setup", failure: first.failure });

  const accounts = new Map<string, readonly Account[]>();
  const categories = new Map<string, ReadonlyMap<string, Named>>();
  for (const locationId of settings.locations) {
    const desks = await readAccounts(altegio, locationId, ask);
    // Without the right to see money everything else still works.
    if (!desks.ok && desks.failure.kind !== "no-right" && desks.failure.kind !== "not-found")
      return failed({ of: "altegio", failure: desks.failure });
    accounts.set(locationId, desks.ok ? desks.value : []);
    if (!wantsCategories(settings)) continue;
    const offered = await readServices(altegio, locationId, ask);
    const named = await readCategories(altegio, locationId, ask);
    const titles = new Map(named.ok ? named.value.map((one) => [one.id, one]) : []);
    const known = (offered.ok ? offered.value : []).flatMap(
      ({ id, categoryId }) =>
        [[id, titles.get(categoryId) ?? { id: categoryId, title: "" }]] as const,
    );
    categories.set(locationId, new Map(known));
  }
  const titles = new Map<string, string>();
  if (settings.fields.has("location")) {
    const locations = await readLocations(altegio, ask);
    if (locations.ok) for (const { id, title } of locations.value) titles.set(id, title);
  }
  const unsorted = new Set(
    pipelines.value.flatMap(({ id, statuses }) =>
      statuses
        .filter((status) => status.isUnsorted)
        .map((status) => `${String(id)}/${String(status.id)}`),
    ),
  );
  return succeeded({
    ...mapped.value,
    orderOf: (pipelineId) =>
      pipelines.value.find(({ id }) => id === pipelineId)?.statuses.map(({ id }) => id) ?? [],
    isUnsorted: ({ pipelineId, statusId }) =>
      unsorted.has(`${String(pipelineId)}/${String(statusId)}`),
    firstPlaceOf: first.value,
    accountsOf: (locationId) => accounts.get(locationId) ?? [],
    isCash: (locationId, accountId) =>
      accounts.get(locationId)?.find(({ id }) => id === accountId)?.isCash ?? false,
    categoryOf: (locationId, serviceId) => categories.get(locationId)?.get(serviceId),
    locationTitle: (locationId) => titles.get(locationId) ?? locationId,
  });
}

type SetupFailure = { readonly detail: string; readonly hint: string };

/** A field is named by its id or by its name in Kommo. */
export function findField(
  fields: readonly CrmField[],
  named: number | string,
): CrmField | undefined {
  if (typeof named === "number") return fields.find(({ id }) => id === named);
  const wanted = named.trim().toLowerCase();
  return fields.find(({ name }) => name.trim().toLowerCase() === wanted);
}

function mapFields(
  settings: AltegioSettings,
  fields: readonly CrmField[],
): Result<Pick<AltegioFacts, "fields" | "recordFieldId">, SetupFailure> {
  const missing: string[] = [];
  const mapped = [...settings.fields].flatMap(([as, named]: [FieldName, number | string]) => {
    const field = findField(fields, named);
    if (field === undefined) missing.push(`${as} (${String(named)})`);
    return field === undefined ? [] : [{ ...field, as }];
  });
  const record = mapped.find(({ as }) => as === "record_id");
  if (missing.length > 0 || record === undefined)
    return failed({
      detail: `Kommo's leads lack the fields ${missing.join(", ") || "record_id"}`,
      hint: "run `asterisk-kommo altegio setup`, which makes them, or correct altegio.fields",
    });
  return succeeded({ fields: mapped, recordFieldId: record.id });
}

function firstPlaces(
  { newLead, locations }: AltegioSettings,
  pipelines: readonly CrmPipeline[],
): Result<(locationId: string) => StageOf, SetupFailure> {
  const main = pipelines.find(({ isMain }) => isMain) ?? pipelines[0];
  const placeIn = (wanted: { pipelineId?: number; statusId?: number }): StageOf | undefined => {
    const pipeline = pipelines.find(({ id }) => id === (wanted.pipelineId ?? main?.id));
    const first = pipeline?.statuses.find(({ isUnsorted }) => !isUnsorted)?.id;
    const statusId = wanted.statusId ?? first;
    const isThere = pipeline?.statuses.some(({ id }) => id === statusId) ?? false;
    return pipeline === undefined || statusId === undefined || !isThere
      ? undefined
      : { pipelineId: pipeline.id, statusId };
  };
  const places = new Map(
    locations.map((id) => [id, placeIn(newLead.placeOf.get(id) ?? newLead.place)] as const),
  );
  const fallback = placeIn(newLead.place);
  if (fallback === undefined || [...places.values()].includes(undefined))
    return failed({
      detail: "the pipeline or the status for new leads is not in the Kommo account",
      hint: "correct altegio.new_lead; `asterisk-kommo altegio setup` lists pipelines and statuses",
    });
  return succeeded((locationId) => places.get(locationId) ?? fallback);
}
