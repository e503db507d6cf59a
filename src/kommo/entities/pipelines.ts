/** Pipelines with their stages. @source kommo-api, section 12 */
import { asId, asInteger, asText, embedded, type JsonObject } from "../json.ts";

export const PIPELINES_PATH = "/api/v4/leads/pipelines";

export type Status = {
  readonly id: number;
  readonly name: string;
  /** The stage "Incoming leads", in which nothing can be put by hand. */
  readonly isUnsorted: boolean;
};

export type Pipeline = {
  readonly id: number;
  readonly name: string;
  readonly isMain: boolean;
  readonly isArchived: boolean;
  readonly isUnsortedOn: boolean;
  /** In the order of the pipeline. */
  readonly statuses: readonly Status[];
};

const UNSORTED_TYPE = 1;

export function decodePipeline(pipeline: JsonObject): Pipeline | undefined {
  const id = asId(pipeline["id"]);
  if (id === undefined) return undefined;
  const statuses = embedded(pipeline, "statuses").toSorted(
    (one, other) => (asInteger(one["sort"]) ?? 0) - (asInteger(other["sort"]) ?? 0),
  );
  return {
    id,
    name: asText(pipeline["name"]) ?? "",
    isMain: pipeline["is_main"] === true,
    isArchived: pipeline["is_archive"] === true,
    isUnsortedOn: pipeline["is_unsorted_on"] === true,
    statuses: statuses.flatMap((status) => {
      const statusId = asId(status["id"]);
      if (statusId === undefined) return [];
      const isUnsorted = asInteger(status["type"]) === UNSORTED_TYPE;
      return [{ id: statusId, name: asText(status["name"]) ?? "", isUnsorted }];
    }),
  };
}
