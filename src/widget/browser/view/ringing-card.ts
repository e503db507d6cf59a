/** Who is calling, while the telephone rings and during the talk: client, leads, tasks. */
import type { CardRef, ClosedEvent, RingingEvent } from "../../../http/widget-contract.ts";
import { formatMoment, formatPhone } from "../format.ts";
import type { KommoPage } from "../kommo-page.ts";
import { fill, type Words } from "../words.ts";
import { cardFrame, type FrameContext } from "./card-frame.ts";
import { button, element } from "./element.ts";

export type ClientContext = FrameContext & {
  readonly page: Pick<KommoPage, "openCard" | "createLead">;
};

const MOST_SHOWN = 4;

export function ringingCard(event: RingingEvent, context: ClientContext): HTMLElement {
  const { words } = context;
  const heading = { text: words.ringing.title, tone: "good", rings: true } as const;
  return cardFrame(heading, context, [
    ...clientLines(event, words),
    ...clientDetails(event, context),
    clientButtons(event, context),
  ]);
}

export function closedCard(
  event: ClosedEvent,
  was: RingingEvent,
  context: ClientContext,
): HTMLElement {
  const { words } = context;
  const name = event.by === null ? "" : (event.by.user?.name ?? event.by.extension);
  const text = fill(words.ringing[event.because], { name });
  const tone =
    event.because === "client_gave_up" || event.because === "not_answered" ? "bad" : "calm";
  return cardFrame({ text: words.ringing.title, tone }, context, [
    ...clientLines(was, words),
    element("p", { class: "state", text }),
    event.because === "client_gave_up" ? clientButtons(was, context) : undefined,
  ]);
}

export function clientLines(event: RingingEvent, words: Words): readonly HTMLElement[] {
  const { client, phone, did, queue } = event;
  const number = phone === null ? words.ringing.withheld : formatPhone(phone);
  const way = [
    number,
    ...(did === null ? [] : [fill(words.ringing.line, { did: formatPhone(did) })]),
    ...(queue === null ? [] : [fill(words.ringing.queue, { queue })]),
  ];
  const name = client === null ? words.ringing.unknown_client : client.name || number;
  return [
    element("div", { class: "name", text: name }),
    element("div", { class: "phone-line", text: way.join(" · ") }),
  ];
}

function clientDetails(event: RingingEvent, context: ClientContext): readonly HTMLElement[] {
  const { words, page } = context;
  const { client, leads, tasks, others } = event;
  const lines: HTMLElement[] = [];
  const responsible = client?.responsible ?? undefined;
  if (responsible !== undefined) {
    const text = fill(words.ringing.responsible, { name: responsible.name });
    lines.push(element("div", { class: "faint", text }));
  }
  if (leads.length > 0) {
    const links = leads.map(({ id, name }) =>
      button(name || `#${id}`, () => page.openCard({ type: "leads", id }), "link"),
    );
    lines.push(...listOf(words.ringing.leads, links));
  }
  if (tasks !== null && client !== null) lines.push(...taskLines(tasks, words));
  if (others.length > 0) {
    const names = others.map(({ user, extension }) => user?.name ?? extension).join(", ");
    lines.push(element("div", { class: "label", text: fill(words.ringing.others, { names }) }));
  }
  return lines;
}

function taskLines(
  tasks: NonNullable<RingingEvent["tasks"]>,
  words: Words,
): readonly HTMLElement[] {
  if (tasks.length === 0) return [element("div", { class: "label", text: words.ringing.no_tasks })];
  const now = new Date();
  const items = tasks.map(({ text, due_at: due }) => {
    const isOverdue = due * 1_000 < now.getTime();
    const time = formatMoment(due, now, words.common.locale);
    const when = fill(isOverdue ? words.ringing.overdue : words.ringing.due, { time });
    return element("span", {}, [
      element("span", { text: `${text} ` }),
      element("span", { class: isOverdue ? "overdue" : "faint", text: when }),
    ]);
  });
  return listOf(words.ringing.tasks, items);
}

function listOf(label: string, items: readonly HTMLElement[]): readonly HTMLElement[] {
  const shown = items.slice(0, MOST_SHOWN).map((item) => element("li", {}, [item]));
  if (items.length > MOST_SHOWN)
    shown.push(element("li", { class: "faint", text: `+ ${items.length - MOST_SHOWN}` }));
  return [element("div", { class: "label", text: label }), element("ul", {}, shown)];
}

/** The card to open: the only open lead, else the client's own. */
export function cardToOpen(event: RingingEvent): CardRef | undefined {
  const [lead, ...others] = event.leads;
  if (lead !== undefined && others.length === 0) return { type: "leads", id: lead.id };
  return event.client?.card ?? (lead && { type: "leads", id: lead.id });
}

export function clientButtons(event: RingingEvent, context: ClientContext): HTMLElement {
  const { words, page } = context;
  const place = element("div", { class: "buttons" });
  const card = cardToOpen(event);
  if (card !== undefined)
    place.append(button(words.ringing.open_card, () => page.openCard(card), "primary"));
  const { phone } = event;
  if (phone === null || event.leads.length > 0) return place;
  const problem = element("p", { class: "state overdue", role: "alert" });
  const create = button(
    words.ringing.create_lead,
    () => {
      create.disabled = true;
      create.textContent = words.ringing.creating;
      problem.remove();
      const name = fill(words.ringing.lead_name, { phone: formatPhone(phone) });
      void page.createLead({ name, phone, card: event.client?.card }).then((id) => {
        create.textContent = words.ringing.create_lead;
        if (id !== undefined) return page.openCard({ type: "leads", id });
        create.disabled = false;
        problem.textContent = words.ringing.create_failed;
        place.after(problem);
      });
    },
    card === undefined ? "primary" : "plain",
  );
  place.append(create);
  return place;
}
