/** What the screens of the panel are given: what they ask, where they stand, and how they tell. */
import type { Result } from "../../../../lib/failure.ts";
import type { Answer, Refused } from "../../backend.ts";
import { element } from "../../view/element.ts";
import type { Words } from "../../words.ts";

export type AltegioWords = Words["altegio"];

export type Desk = {
  readonly words: AltegioWords;
  readonly lead: number;
  read<T>(path: string): Answer<T>;
  act<T>(path: string, body: object, headers?: Record<string, string>): Answer<T>;
  openLead(id: number): void;
  /** Takes the place of the screen before. @returns whether a screen is still the one that is shown */
  show(screen: readonly (Node | undefined)[], focus?: HTMLElement): () => boolean;
  /** Back to the list. @param note what has just been done */
  list(note?: string): void;
  why(refused: Refused): string;
  /** @param currency its sign, as the location has it; "" for none */
  sum(amount: number, currency: string): string;
  time(local: string): string;
};

/** A line for what goes on, which a reader is told of at once. */
export type Line = {
  readonly node: HTMLElement;
  say(text: string): void;
};

export function line(look: "faint" | "problem" | "done"): Line {
  const node = element("p", { class: look, role: look === "problem" ? "alert" : "status" });
  return {
    node,
    say(text) {
      node.textContent = text;
    },
  };
}

/** @returns the answer, or undefined where it was refused and told, or nobody looks any more */
export async function told<T>(
  answer: Promise<Result<T, Refused>>,
  given: { readonly desk: Desk; readonly problem: Line; readonly isShown: () => boolean },
): Promise<T | undefined> {
  given.problem.say("");
  const found = await answer;
  if (!given.isShown()) return undefined;
  if (!found.ok) given.problem.say(given.desk.why(found.failure));
  return found.ok ? found.value : undefined;
}
