/** Two bodies as lines: what only the first has, and what only the second has. Pure. */
import type { JsonObject } from "../../customization/run-result.ts";

/** "  - name: …" and "  + name: …"; empty: nothing differs. */
export function difference(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly string[] {
  const [old, now] = [flat(before), flat(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)];
    if (was === is) return [];
    return [
      ...(was === undefined ? [] : [`- ${path}: ${was}`]),
      ...(is === undefined ? [] : [`+ ${path}: ${is}`]),
    ];
  });
}

function flat(value: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  if (value === undefined) return into;
  if (typeof value !== "object" || value === null) {
    into.set(path, JSON.stringify(value));
    return into;
  }
  const isList = Array.isArray(value);
  for (const [name, inner] of Object.entries(value))
    flat(inner, path === "" ? name : isList ? `${path}[${name}]` : `${path}.${name}`, into);
  return into;
}
