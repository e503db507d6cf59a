/** One appointment as it stands in a list. */
import type { PanelAppointment } from "../../../../http/altegio-contract.ts";
import { button, buttonRow, element } from "../../view/element.ts";
import { fill } from "../../words.ts";
import type { AltegioWords, Desk } from "./desk.ts";

export function appointmentCard(
  desk: Desk,
  one: PanelAppointment,
  given: {
    readonly actions: readonly (HTMLElement | undefined)[];
    /** Whose it is stands there too. */
    readonly isNamed: boolean;
  },
): HTMLElement {
  const { words } = desk;
  const when = desk.time(one.local_time);
  const what = one.services.join(", ");
  const paid = one.is_paid ? words.paid : words.unpaid;
  const sum = fill(words.sum, { sum: desk.sum(one.cost, one.currency) });
  const { lead } = one;
  const elsewhere =
    lead === null || lead === desk.lead
      ? undefined
      : button(fill(words.on_other, { lead }), () => desk.openLead(lead), "link");
  const card = element("div", { class: one.is_deleted ? "visit cancelled" : "visit" }, [
    element("div", { class: "row" }, [
      element("span", { class: "when", text: when }),
      element("span", {
        class: one.is_deleted || one.attendance === -1 ? "tag bad" : "tag",
        text: stateOf(one, words),
      }),
    ]),
    given.isNamed && one.client !== "" ? element("div", { text: one.client }) : undefined,
    element("div", { class: "what", text: what }),
    element("div", { class: "faint", text: joined(one.staff, one.location) }),
    element("div", {
      class: "faint",
      text: joined(sum, paid, one.is_event ? words.event : "", one.comment),
    }),
    elsewhere,
    buttonRow(...given.actions),
  ]);
  card.setAttribute("role", "group");
  card.setAttribute("aria-label", joined(when, what));
  card.dataset["record"] = one.record_id;
  return card;
}

const joined = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== "").join(" · ");

function stateOf({ is_deleted: isDeleted, attendance }: PanelAppointment, words: AltegioWords) {
  if (isDeleted) return words.cancelled;
  switch (attendance) {
    case -1:
      return words.absent;
    case 1:
      return words.came;
    case 2:
      return words.confirmed;
    case 0:
      return words.waiting;
  }
}
