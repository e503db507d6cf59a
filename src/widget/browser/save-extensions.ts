/**
 * Kommo tells nobody what was saved in a widget's settings: the widget brings the list of extensions to
 * the daemon. Exports `saveExtensions`.
 */
import type { ExtensionsAnswer } from "../../http/widget-contract.ts";
import type { Backend } from "./backend.ts";
import type { KommoPage } from "./kommo-page.ts";
import type { Saved } from "./saved-settings.ts";
import { fill, type Words } from "./words.ts";

/** @returns what the administrator is to be told; undefined: all is well */
export async function saveExtensions(
  { extensions }: Saved,
  { backend, words, page }: { backend: Backend; words: Words; page: Pick<KommoPage, "userName"> },
): Promise<string | undefined> {
  const answer = await backend.saveExtensions({ extensions });
  if (!answer.ok) {
    const { code } = answer.failure;
    const known = code === "denied_by_browser" ? "unreachable" : code;
    const reason = fill(words.refusal[known], { host: backend.address.host });
    return fill(words.settings.extensions_failed, { reason });
  }
  const problems = answer.value.entries.flatMap((entry) => problemOf(entry, words, page));
  return problems.length === 0
    ? undefined
    : [words.settings.extensions_problems, ...problems].join("\n");
}

type Entry = ExtensionsAnswer["entries"][number];

function problemOf(
  { user_id: user, extension, outcome }: Entry,
  words: Words,
  page: Pick<KommoPage, "userName">,
): readonly string[] {
  if (outcome === "kept" || outcome === "removed") return [];
  const reason = words.settings[`outcome_${outcome}`];
  const name = page.userName(user) ?? String(user);
  return [fill(words.settings.extension_line, { extension, user: name, reason })];
}
