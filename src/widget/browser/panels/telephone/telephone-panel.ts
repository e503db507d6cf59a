/** The user's own telephones, where there is an exchange: their states, with which to dial, and whether the exchange is there. */
import type { TelephoneState } from "../../../../http/widget-contract.ts";
import { chooseExtension, chosenExtension } from "../../chosen-extension.ts";
import type { LiveState } from "../../live-state.ts";
import { element } from "../../view/element.ts";
import { fill } from "../../words.ts";
import type { Panel, PanelContext } from "../panel.ts";

const DOTS: Readonly<Record<TelephoneState, string>> = {
  idle: "good",
  ringing: "wait",
  in_use: "wait",
  not_connected: "bad",
  unknown: "",
};

export const telephonePanel: Panel = {
  areas: ["lead", "contact", "company"],
  mount: (place, context) =>
    context.live.watch((state) => {
      place.replaceChildren(...(state.features.telephony ? [draw(state, context)] : []));
    }),
};

function draw(state: LiveState, { words, page, backend }: PanelContext): HTMLElement {
  const { telephones, isOpen, problem } = state;
  const lines = telephones.map(({ extension, state: now }) =>
    element("div", { class: "row" }, [
      element("span", { class: `dot ${DOTS[now]}` }),
      element("span", { text: extension }),
      element("span", { class: "faint", text: words.telephone[now] }),
    ]),
  );
  const reason =
    problem === undefined || problem === "denied_by_browser"
      ? undefined
      : fill(words.refusal[problem], { host: backend.address.host });
  const trouble =
    problem === "unreachable"
      ? words.telephone.offline
      : reason === undefined
        ? words.telephone.connecting
        : fill(words.telephone.because, { reason });
  return element("div", { class: "panel" }, [
    element("h3", { text: words.telephone.title }),
    ...(isOpen ? lines : []),
    isOpen ? undefined : element("div", { class: "faint", text: trouble, role: "status" }),
    isOpen && telephones.length === 0
      ? element("div", { class: "faint", text: words.telephone.none })
      : undefined,
    isOpen && telephones.length > 1 ? choice(state, page.userId(), words.telephone) : undefined,
  ]);
}

function choice(
  { telephones }: LiveState,
  user: number,
  words: PanelContext["words"]["telephone"],
): HTMLElement {
  const select = element("select", { label: words.dial_with });
  select.append(
    new Option(words.automatic, ""),
    ...telephones.map(({ extension }) => new Option(extension, extension)),
  );
  select.value = chosenExtension(user);
  if (select.selectedIndex < 0) select.value = "";
  select.addEventListener("change", () => chooseExtension(user, select.value));
  return element("div", {}, [element("div", { class: "label", text: words.dial_with }), select]);
}
