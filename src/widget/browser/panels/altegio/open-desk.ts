/**
 * The place that the screens of the panel take turns in: the list of appointments, and what is done with
 * one. Exports `openDesk`.
 */
import type { Refused } from "../../backend.ts";
import { formatLocalTime, formatSum } from "../../format.ts";
import { element } from "../../view/element.ts";
import { fill } from "../../words.ts";
import type { PanelContext } from "../panel.ts";
import type { Desk } from "./desk.ts";
import { showList } from "./list-screen.ts";

export type DeskContext = PanelContext & { readonly lead: number };

const ROOT = "/v1/widget/altegio";

/** @returns what closes it */
export function openDesk(place: HTMLElement, context: DeskContext): () => void {
  const { backend, page, lead } = context;
  const { locale } = context.words.common;
  const words = context.words.altegio;
  const body = element("div", { class: "body" });
  const panel = element("section", { class: "panel", label: words.title }, [body]);
  let turn = 0;

  const desk: Desk = {
    ...{ words, lead },
    read: (path) => backend.read(ROOT + path),
    act: (path, asked, headers) => backend.act(ROOT + path, asked, headers),
    openLead: (id) => page.openCard({ type: "leads", id }),
    show(screen, focus) {
      turn += 1;
      const mine = turn;
      body.replaceChildren(...screen.filter((node) => node !== undefined));
      focus?.focus();
      return () => mine === turn;
    },
    list: (note) => void showList(desk, note),
    why: (refused) => reasonOf(refused, context),
    sum: (amount, currency) => formatSum(amount, { locale, currency }),
    time: (local) => formatLocalTime(local, new Date(), locale),
  };
  place.replaceChildren(panel);
  desk.list();
  return () => {
    turn += 1;
    panel.remove();
  };
}

/** What a person can be told: in words of the panel, else in those for all of the widget. */
function reasonOf({ code, reason = "" }: Refused, { words, backend }: DeskContext): string {
  const own: Readonly<Record<string, string>> = words.altegio;
  const refused = `refused_${code}`;
  if (Object.hasOwn(own, refused)) return fill(own[refused] ?? "", { reason });
  const known: Readonly<Record<string, string>> = words.refusal;
  const named = code === "denied_by_browser" ? "unreachable" : code;
  const text = known[Object.hasOwn(known, named) ? named : "internal"] ?? "";
  return fill(text, { host: backend.address.host });
}
