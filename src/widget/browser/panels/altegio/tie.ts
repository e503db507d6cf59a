/** Ties an appointment to the lead; where the lead has another one, only when a person says so. */
import type { Done, LinkRequest, PanelAppointment } from "../../../../http/altegio-contract.ts";
import { button, buttonRow, element } from "../../view/element.ts";
import { line, type Desk } from "./desk.ts";

export type Wanted = { readonly record_id: string; readonly location_id?: string };

export function tieButton(desk: Desk, one: PanelAppointment): HTMLElement {
  const place = element("div", {});
  const { location_id, record_id } = one;
  const go = button(desk.words.tie, () => {
    go.disabled = true;
    void tie(desk, { location_id, record_id }, place).then(() => {
      go.disabled = false;
    });
  });
  place.append(go);
  return place;
}

/** @param place where trouble is told, after what stands there */
export async function tie(desk: Desk, wanted: Wanted, place: HTMLElement): Promise<void> {
  const { words, lead } = desk;
  for (const old of place.querySelectorAll(".answer")) old.remove();
  const answer = element("div", { class: "answer" });
  const problem = line("problem");
  answer.append(problem.node);
  place.append(answer);
  const ask = (replace: boolean) =>
    desk.act<Done>("/link", { lead, ...wanted, replace } satisfies LinkRequest);
  const tied = await ask(false);
  if (tied.ok) return desk.list(words.tied);
  problem.say(desk.why(tied.failure));
  if ((tied.failure.code as string) !== "lead_taken") return;
  const replace = button(words.replace, () => {
    replace.disabled = true;
    void ask(true).then((again) => {
      if (again.ok) return desk.list(words.tied);
      replace.disabled = false;
      problem.say(desk.why(again.failure));
    });
  });
  answer.append(buttonRow(replace));
  replace.focus();
}
