/** A talk that goes on: with whom, how long; with the call panel also its buttons. */
import type { RingingEvent, TalkEvent } from "../../../http/widget-contract.ts";
import { exchangeIn } from "../../../lib/exchange-names.ts";
import type { Backend, Refused } from "../backend.ts";
import { formatPhone } from "../format.ts";
import { fill } from "../words.ts";
import { cardFrame } from "./card-frame.ts";
import { button, buttonRow, element } from "./element.ts";
import { clientButtons, clientLines, type ClientContext } from "./ringing-card.ts";

export type TalkContext = ClientContext & {
  readonly clock: HTMLElement;
  readonly backend: Pick<Backend, "call" | "colleagues" | "address">;
  readonly hasPanel: boolean;
};

export function talkCard(
  event: TalkEvent,
  was: RingingEvent | undefined,
  context: TalkContext,
): HTMLElement {
  const { words, page, clock, hasPanel } = context;
  const { client } = event;
  const lines =
    was === undefined
      ? [
          element("div", { class: "name", text: client?.name || phoneText(event, context) }),
          client === null
            ? undefined
            : element("div", { class: "phone-line", text: phoneText(event, context) }),
        ]
      : clientLines(was, words);
  const open =
    was !== undefined
      ? clientButtons(was, context)
      : element(
          "div",
          { class: "buttons" },
          client === null
            ? []
            : [button(words.ringing.open_card, () => page.openCard(client.card), "primary")],
        );
  return cardFrame({ text: words.dial.talking, tone: "good", clock }, context, [
    ...lines,
    open,
    hasPanel ? callPanel(event, context) : undefined,
  ]);
}

const phoneText = ({ phone }: TalkEvent, { words }: TalkContext): string =>
  phone === null ? words.ringing.withheld : formatPhone(phone);

function callPanel({ call }: TalkEvent, context: TalkContext): HTMLElement {
  const { words, backend } = context;
  const place = element("div", {});
  const problem = element("p", { class: "state overdue", role: "alert" });
  problem.hidden = true;

  function tell({ code }: Refused): void {
    const known = code === "denied_by_browser" ? "unreachable" : code;
    const reason = fill(words.refusal[known], { host: backend.address.host });
    problem.textContent = fill(words.talk.failed, { reason });
    problem.hidden = false;
  }

  function showButtons(): void {
    const hangUp = button(
      words.talk.hang_up,
      () => {
        hangUp.disabled = true;
        problem.hidden = true;
        void backend.call({ call, action: { kind: "hang_up" } }).then((answer) => {
          // The card goes when the daemon tells that the talk is over.
          hangUp.disabled = answer.ok;
          if (!answer.ok) tell(answer.failure);
        });
      },
      "danger",
    );
    const transfer = button(words.talk.transfer, () => void chooseColleague());
    place.replaceChildren(buttonRow(hangUp, transfer), problem);
  }

  async function chooseColleague(): Promise<void> {
    problem.hidden = true;
    const answer = await backend.colleagues();
    if (!answer.ok) return tell(answer.failure);
    // An exchange rings its own telephones only.
    const reachable = answer.value.colleagues.filter(
      ({ state, extension }) =>
        state !== "not_connected" && exchangeIn(extension) === exchangeIn(call),
    );
    const select = element("select", { label: words.talk.transfer_to });
    const first = new Option(
      reachable.length === 0 ? words.talk.no_colleagues : words.talk.choose,
      "",
    );
    select.append(
      first,
      ...reachable.map(({ user, extension, state }) => {
        const who =
          user === null ? extension : fill(words.common.colleague, { name: user.name, extension });
        return new Option(`${who} · ${words.telephone[state]}`, extension);
      }),
    );
    const go = button(words.talk.transfer, () => void transferTo(select, go), "primary");
    place.replaceChildren(
      element("div", { class: "label", text: words.talk.transfer_to }),
      select,
      buttonRow(go, button(words.talk.cancel, showButtons)),
      problem,
    );
    select.focus();
  }

  async function transferTo(select: HTMLSelectElement, go: HTMLButtonElement): Promise<void> {
    if (select.value === "") return select.focus();
    go.disabled = true;
    problem.hidden = true;
    const answer = await backend.call({ call, action: { kind: "transfer", to: select.value } });
    if (!answer.ok) {
      go.disabled = false;
      return tell(answer.failure);
    }
    const name = select.selectedOptions[0]?.text.split(" · ")[0] ?? select.value;
    const text = fill(words.talk.transferred, { name });
    place.replaceChildren(element("p", { class: "state", text, role: "status" }));
  }

  showButtons();
  return place;
}
