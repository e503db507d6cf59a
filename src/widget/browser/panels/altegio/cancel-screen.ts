/** Asks once more before an appointment is cancelled. */
import type { CancelRequest, Done, PanelAppointment } from "../../../../http/altegio-contract.ts";
import { button, buttonRow, element } from "../../view/element.ts";
import { fill } from "../../words.ts";
import { line, told, type Desk } from "./desk.ts";

export function showCancel(desk: Desk, one: PanelAppointment): void {
  const { words } = desk;
  const [waiting, problem] = [line("faint"), line("problem")];
  const { location_id, record_id } = one;

  async function cancel(): Promise<void> {
    go.disabled = true;
    waiting.say(words.loading);
    const asked = desk.act<Done>("/cancel", { location_id, record_id } satisfies CancelRequest);
    const done = await told(asked, { desk, problem, isShown });
    waiting.say("");
    go.disabled = false;
    if (done !== undefined) desk.list(words.cancel_done);
  }

  const go = button(words.cancel_button, () => void cancel(), "danger");
  const keep = button(words.back, () => desk.list());
  const isShown = desk.show(
    [
      element("h3", { text: words.cancel_button }),
      element("p", { text: fill(words.cancel_ask, { time: desk.time(one.local_time) }) }),
      ...[waiting.node, problem.node],
      buttonRow(go, keep),
    ],
    keep,
  );
}
