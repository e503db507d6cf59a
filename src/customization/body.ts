/**
 * From a script's body to the one that Kommo takes. What a script leaves out stays as it was offered;
 * what it sets to null is left out. Pure.
 * @source customizations.md, "From a script's body to Kommo's"
 */
import type { JsonObject } from "./run-result.ts";

/** @param offered what the script was given, without `call_full` */
export function withOffered(offered: JsonObject, answered: JsonObject): JsonObject {
  const nested = ["metadata"].filter((name) => isObject(answered[name]) && isObject(offered[name]));
  return {
    ...offered,
    ...answered,
    ...Object.fromEntries(
      nested.map((name) => [
        name,
        { ...(offered[name] as JsonObject), ...(answered[name] as JsonObject) },
      ]),
    ),
  };
}

/** @param tagsOfUpdate an update adds tags, a creation has them */
export function kommoBody(body: JsonObject, tagsOfUpdate = false): JsonObject {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null || name === "call_full" || name === "tags") continue;
    if (name === "task_type") made["task_type_id"] = value;
    else if (name === "link" && value === "") continue;
    else if (name === "_embedded" && isObject(value)) made[name] = embedded(value);
    else if (name === "metadata" && isObject(value)) made[name] = kommoBody(value);
    else made[name] = value;
  }
  const tags = body["tags"];
  if (!Array.isArray(tags) || tags.length === 0) return made;
  const spelt = tags.map(spellTag);
  if (tagsOfUpdate) return { ...made, tags_to_add: spelt };
  const inner = isObject(made["_embedded"]) ? made["_embedded"] : {};
  return { ...made, _embedded: { ...inner, tags: spelt } };
}

function embedded(value: JsonObject): JsonObject {
  const made: Record<string, unknown> = {};
  for (const [name, entries] of Object.entries(value)) {
    // Kommo takes no empty lists here.
    if (Array.isArray(entries) && entries.length === 0) continue;
    const list: readonly unknown[] | undefined = Array.isArray(entries) ? entries : undefined;
    if (list === undefined) made[name] = entries;
    else if (name === "tags") made[name] = list.map(spellTag);
    else made[name] = list.map((entry) => (isObject(entry) ? kommoBody(entry) : entry));
  }
  return made;
}

const spellTag = (tag: unknown): unknown => (typeof tag === "string" ? { name: tag } : tag);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
