/** Finds appointments by a telephone number, and ties one by its record ID. */
import type { LeadAppointments } from "../../../../http/altegio-contract.ts";
import { button, buttonRow, element, labelled } from "../../view/element.ts";
import { appointmentCard } from "./appointment-card.ts";
import { line, told, type Desk } from "./desk.ts";
import { tie, tieButton } from "./tie.ts";

const RECORD_ID = /^[1-9]\d{0,17}$/;

export function showFind(desk: Desk): void {
  const { words } = desk;
  const [waiting, problem] = [line("faint"), line("problem")];
  const phone = element("input", {});
  phone.type = "tel";
  const record = element("input", {});
  record.inputMode = "numeric";
  const results = element("div", { class: "body" });
  const byRecord = element("div", {});

  async function find(): Promise<void> {
    results.replaceChildren();
    if (!/\d{7}/.test(phone.value.replace(/\D/g, ""))) {
      problem.say(words.enter_phone);
      return phone.focus();
    }
    waiting.say(words.loading);
    const query = new URLSearchParams({ phone: phone.value.trim(), lead: String(desk.lead) });
    const asked = desk.read<LeadAppointments>(`/find?${query.toString()}`);
    const found = await told(asked, { desk, problem, isShown });
    waiting.say("");
    if (found === undefined) return;
    if (found.appointments.length === 0) waiting.say(words.found_none);
    results.replaceChildren(
      ...found.appointments.map((one) => {
        const canTie = !one.is_deleted && !one.is_linked;
        const actions = [canTie ? tieButton(desk, one) : undefined];
        return appointmentCard(desk, one, { actions, isNamed: true });
      }),
    );
  }

  const idProblem = line("problem");
  function link(): void {
    const id = record.value.trim();
    idProblem.say(RECORD_ID.test(id) ? "" : words.enter_id);
    if (RECORD_ID.test(id)) void tie(desk, { record_id: id }, byRecord);
    else record.focus();
  }

  const isShown = desk.show(
    [
      element("h3", { text: words.find }),
      form(() => void find(), [labelled(words.phone, phone), buttonRow(submit(words.find_button))]),
      ...[waiting.node, problem.node, results],
      form(link, [labelled(words.record_id, record), buttonRow(submit(words.link_button))]),
      ...[idProblem.node, byRecord],
      button(words.back, () => desk.list(), "link"),
    ],
    phone,
  );
}

/** Sent by its button and by the return key; never by the browser itself. */
export function form(
  onSubmit: () => void,
  children: readonly (Node | undefined)[],
): HTMLFormElement {
  const made = element("form", {}, children);
  made.noValidate = true;
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit();
  });
  return made;
}

export function submit(text: string): HTMLButtonElement {
  const made = element("button", { class: "button primary", text });
  made.type = "submit";
  return made;
}
