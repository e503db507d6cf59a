/** The client's appointments: those of the lead, those to come, those that are over. */
import type { LeadAppointments, PanelAppointment } from "../../../../http/altegio-contract.ts";
import { button, buttonRow, element } from "../../view/element.ts";
import { appointmentCard } from "./appointment-card.ts";
import { showBooking } from "./booking-screen.ts";
import { showCancel } from "./cancel-screen.ts";
import { showCheckout } from "./checkout-screen.ts";
import { line, told, type Desk } from "./desk.ts";
import { showFind } from "./find-screen.ts";
import { tieButton } from "./tie.ts";

export async function showList(desk: Desk, note = ""): Promise<void> {
  const { words } = desk;
  const [waiting, problem, done] = [line("faint"), line("problem"), line("done")];
  const place = element("div", { class: "body" });
  const isShown = desk.show([
    element("h3", { class: "with" }, [
      element("span", { text: words.title }),
      button(words.again, () => desk.list(), "link"),
    ]),
    ...[done.node, waiting.node, problem.node, place],
    buttonRow(
      button(words.book, () => void showBooking(desk, undefined), "primary"),
      button(words.find, () => showFind(desk)),
    ),
  ]);
  done.say(note);
  waiting.say(words.loading);
  const path = `/leads/${String(desk.lead)}`;
  const found = await told(desk.read<LeadAppointments>(path), { desk, problem, isShown });
  waiting.say("");
  if (found === undefined) return;
  if (found.appointments.length === 0) waiting.say(words.none);
  place.replaceChildren(...groups(desk, found.appointments));
}

function groups(desk: Desk, all: readonly PanelAppointment[]): readonly HTMLElement[] {
  const { words } = desk;
  const now = Date.now() / 1_000;
  const isComing = (one: PanelAppointment): boolean =>
    !one.is_deleted && (one.starts_at ?? 0) >= now;
  const cards = (some: readonly PanelAppointment[]): HTMLElement[] =>
    some.map((one) =>
      appointmentCard(desk, one, { actions: actions(desk, one, isComing(one)), isNamed: false }),
    );
  const linked = all.filter((one) => one.is_linked);
  const others = all.filter((one) => !one.is_linked);
  const coming = others.filter(isComing).toReversed();
  const past = others.filter((one) => !isComing(one));
  const group = (title: string, some: readonly PanelAppointment[]): HTMLElement[] =>
    some.length === 0 ? [] : [element("h4", { text: title }), ...cards(some)];
  const over = element("details", {}, [
    element("summary", { text: `${words.past} (${String(past.length)})` }),
    ...cards(past),
  ]);
  over.open = linked.length + coming.length === 0;
  return [
    ...group(words.on_lead, linked),
    ...group(words.coming, coming),
    ...(past.length === 0 ? [] : [over]),
  ];
}

function actions(
  desk: Desk,
  one: PanelAppointment,
  isComing: boolean,
): readonly (HTMLElement | undefined)[] {
  const { words } = desk;
  const isOpen = !one.is_deleted;
  return [
    isOpen && !one.is_paid
      ? button(words.checkout, () => void showCheckout(desk, one), "primary")
      : undefined,
    isOpen && isComing && !one.is_event
      ? button(words.move, () => void showBooking(desk, one))
      : undefined,
    isOpen && isComing ? button(words.cancel, () => showCancel(desk, one)) : undefined,
    isOpen && !one.is_linked ? tieButton(desk, one) : undefined,
  ];
}
