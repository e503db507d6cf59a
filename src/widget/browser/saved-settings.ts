/**
 * What Kommo tells of settings that were just saved. Pure. Exports `readSaved`.
 * @source kommo-api, section 21.4: the users are an object, or the same as a JSON text
 */
import { fieldsOf, textOf } from "./page-values.ts";

export type Saved = {
  /** false: the widget was switched off. */
  readonly isActive: boolean;
  readonly backendUrl: string;
  readonly extensions: Readonly<Record<string, string>>;
};

/** @param given what Kommo gives to `onSave` */
export function readSaved(given: unknown): Saved {
  const { active, fields } = fieldsOf(given);
  const { backend_url: backendUrl, extensions } = fieldsOf(fields);
  return {
    isActive: active !== "N",
    backendUrl: textOf(backendUrl),
    extensions: readExtensions(extensions),
  };
}

function readExtensions(given: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(fieldsOf(typeof given === "string" ? parse(given) : given));
  return Object.fromEntries(
    entries
      .filter(([user]) => /^\d+$/.test(user))
      .map(([user, extension]) => [user, textOf(extension).trim()]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
