/**
 * Elements of the page, made without a word of HTML: whatever comes from outside is text and stays it.
 * Exports `element`, `button`, `labelled` and `icon`.
 */

type Given = {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  readonly role?: string;
  readonly label?: string;
  readonly onClick?: () => void;
};

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  given: Given,
  children: readonly (Node | undefined)[] = [],
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (given.class !== undefined) made.className = given.class;
  if (given.text !== undefined) made.textContent = given.text;
  if (given.title !== undefined) made.title = given.title;
  if (given.role !== undefined) made.setAttribute("role", given.role);
  if (given.label !== undefined) made.setAttribute("aria-label", given.label);
  const { onClick } = given;
  if (onClick !== undefined) made.addEventListener("click", () => onClick());
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function button(
  text: string,
  onClick: () => void,
  look: "primary" | "plain" | "danger" | "link" = "plain",
): HTMLButtonElement {
  const made = element("button", { class: `button ${look}`, text, onClick });
  made.type = "button";
  return made;
}

export const buttonRow = (...all: readonly (Node | undefined)[]): HTMLElement =>
  element("div", { class: "buttons" }, all);

/** A name above what it names; clicks on it come to the field. */
export const labelled = (text: string, field: HTMLElement): HTMLLabelElement =>
  element("label", { class: "field" }, [element("span", { text }), field]);

const SVG = "http://www.w3.org/2000/svg";

/** Drawn on a grid of 24 × 24. */
const ICONS = {
  phone:
    "M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.25 11.4 11.4 0 0 0 3.6.58 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1c0 1.25.2 2.45.57 3.6a1 1 0 0 1-.25 1Z",
  close: "M6 6l12 12M18 6L6 18",
} as const;

export function icon(name: keyof typeof ICONS): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
