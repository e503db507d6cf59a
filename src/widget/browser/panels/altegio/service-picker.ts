/** Services to choose from: a list with a filter, because a location may have hundreds. */
import type { PanelPlace } from "../../../../http/altegio-contract.ts";
import { element } from "../../view/element.ts";
import type { Desk } from "./desk.ts";

type Service = PanelPlace["services"][number];

export type ServicePicker = {
  readonly node: HTMLElement;
  chosen(): readonly string[];
};

/** Fewer are found without a filter. */
const FILTER_FROM = 8;

export function servicePicker(
  desk: Desk,
  { services, currency }: { readonly services: readonly Service[]; readonly currency: string },
  onChange: () => void,
): ServicePicker {
  const chosen = new Set<string>();
  const rows = services.map((service) => ({ service, row: row(service) }));
  const filter = element("input", { label: desk.words.filter });
  filter.type = "search";
  filter.placeholder = desk.words.filter;
  filter.addEventListener("input", () => {
    const text = filter.value.trim().toLowerCase();
    for (const one of rows)
      one.row.hidden =
        !one.service.title.toLowerCase().includes(text) && !chosen.has(one.service.id);
  });

  function row({ id, title, price }: Service): HTMLElement {
    const box = element("input", {});
    box.type = "checkbox";
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(id);
      else chosen.delete(id);
      onChange();
    });
    return element("label", { class: "choice" }, [
      box,
      element("span", { text: title }),
      element("span", { class: "sum", text: desk.sum(price, currency) }),
    ]);
  }

  const node = element("fieldset", {}, [
    element("legend", { text: desk.words.services }),
    services.length > FILTER_FROM ? filter : undefined,
    element(
      "div",
      { class: "chips rows" },
      rows.map((one) => one.row),
    ),
  ]);
  return { node, chosen: () => [...chosen] };
}
