/**
 * The door to Kommo's page: what the widget may ask of it, with everything that comes through it
 * looked at once. Exports `openKommoPage` and the shape of Kommo's widget object.
 * @source kommo-api, sections 18.2, 21.3 to 21.6
 */
import type { CardRef } from "../../http/widget-contract.ts";
import { fieldsOf, numberOf, textOf, type Fields } from "./page-values.ts";

/** What Kommo gives the widget's constructor as `this`. Answers are not to be trusted in their shape. */
export type KommoWidget = {
  callbacks?: Readonly<Record<string, (argument?: unknown) => unknown>>;
  readonly params?: unknown;
  system(): unknown;
  get_settings(): unknown;
  get_version?: () => unknown;
  i18n(section: string): unknown;
  add_action(type: "phone", act: (clicked: unknown) => void): void;
  render_template?: (template: object) => unknown;
  $authorizedAjax(options: object): JqueryRequest;
};

type JqueryRequest = {
  done(take: (answer: unknown, status: string, request: unknown) => void): JqueryRequest;
  fail(take: (request: unknown) => void): JqueryRequest;
  abort?: () => void;
};

export type KommoRequest = {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
};

/** `status` 0: no answer came. */
export type KommoAnswer = { readonly status: number; readonly body: unknown };

export type WidgetSettings = { readonly backendUrl: string };

export type Area = "lead" | "contact" | "company" | "settings" | "other";

export type KommoPage = {
  userId(): number;
  area(): Area;
  version(): string;
  settings(): WidgetSettings;
  /** undefined: no card is open, or a new one that has no number yet. */
  currentCard(): CardRef | undefined;
  /** By Kommo's own list; undefined: not in it. */
  userName(id: number): string | undefined;
  /** With a fresh one-time token of Kommo in `X-Auth-Token`. Never rejects. */
  send(request: KommoRequest): Promise<KommoAnswer>;
  openCard(card: CardRef): void;
  /** With the user's own rights. @returns the lead's id; undefined: Kommo refused */
  createLead(lead: NewLead): Promise<number | undefined>;
  onPhoneClick(act: (phone: string) => void): void;
  /** Markup of ours for the place beside a card; false: there is none here. */
  renderBeside(markup: string): boolean;
};

export type NewLead = {
  readonly name: string;
  readonly phone: string;
  readonly card: CardRef | undefined;
};

const CARD_PATHS = { leads: "leads", contacts: "contacts", companies: "companies" } as const;
const AREAS: ReadonlyMap<string, Area> = new Map([
  ["lcard", "lead"],
  ["ccard", "contact"],
  ["comcard", "company"],
]);
const CREATE_WITHIN_MS = 20_000;

export function openKommoPage(widget: KommoWidget): KommoPage {
  const app = (): Fields => fieldsOf((globalThis as { readonly APP?: unknown }).APP);
  const callApp = (name: string, ...given: unknown[]): unknown => {
    const method = app()[name];
    return typeof method === "function"
      ? (method as (...all: unknown[]) => unknown).apply(app(), given)
      : undefined;
  };

  return {
    userId() {
      const fromApp = numberOf(fieldsOf(callApp("constant", "user"))["id"]);
      return fromApp ?? numberOf(fieldsOf(widget.system())["amouser_id"]) ?? 0;
    },
    area() {
      const area = textOf(fieldsOf(widget.system())["area"]);
      if (area === "settings" || area === "widget_settings") return "settings";
      return AREAS.get(area) ?? "other";
    },
    version: () => textOf(widget.get_version?.()),
    settings: () => ({ backendUrl: textOf(fieldsOf(widget.get_settings())["backend_url"]) }),
    currentCard() {
      if (callApp("isCard") !== true) return undefined;
      const type = textOf(callApp("getBaseEntity"));
      const id = numberOf(fieldsOf(fieldsOf(app()["data"])["current_card"])["id"]);
      return id !== undefined && id > 0 && isCardType(type) ? { type, id } : undefined;
    },
    userName(id) {
      const managers = fieldsOf(callApp("constant", "managers"));
      const found = fieldsOf(managers[String(id)]);
      return textOf(found["title"]) || textOf(found["name"]) || undefined;
    },
    send: (request) => sendAuthorized(widget, request),
    openCard({ type, id }) {
      navigate(`/${CARD_PATHS[type]}/detail/${id}`);
    },
    createLead,
    onPhoneClick(act) {
      widget.add_action("phone", (clicked) => act(textOf(fieldsOf(clicked)["value"])));
    },
    renderBeside(markup) {
      if (widget.render_template === undefined) return false;
      widget.render_template({ caption: { class_name: "" }, body: "", render: markup });
      return true;
    },
  };
}

function sendAuthorized(widget: KommoWidget, request: KommoRequest): Promise<KommoAnswer> {
  const { url, method, body, headers, timeoutMs } = request;
  return new Promise((resolve) => {
    try {
      widget
        .$authorizedAjax({
          ...{
            url,
            method,
            type: method,
            timeout: timeoutMs,
            dataType: "json",
            headers,
            cache: true,
          },
          ...(body === undefined
            ? {}
            : { data: JSON.stringify(body), contentType: "application/json", processData: false }),
        })
        .done((answer) => resolve({ status: 200, body: answer }))
        .fail((failed) => {
          const { status, responseJSON } = fieldsOf(failed);
          resolve({ status: numberOf(status) ?? 0, body: responseJSON });
        });
    } catch {
      // Kommo could not make a token: the same to us as no answer.
      resolve({ status: 0, body: undefined });
    }
  });
}

/** Kommo's own router takes clicks on such links; without it the browser follows them. */
function navigate(path: string): void {
  const link = document.createElement("a");
  link.className = "js-navigate-link";
  link.href = path;
  link.style.display = "none";
  document.body.append(link);
  link.click();
  link.remove();
}

/** @source kommo-api, section 11.2; inside the page the user's login allows it (section 21.3) */
async function createLead({ name, phone, card }: NewLead): Promise<number | undefined> {
  const phones = [{ field_code: "PHONE", values: [{ value: phone, enum_code: "WORK" }] }];
  const linked =
    card?.type === "companies"
      ? { companies: [{ id: card.id }] }
      : {
          contacts: [
            card?.type === "contacts"
              ? { id: card.id }
              : { name: phone, custom_fields_values: phones },
          ],
        };
  try {
    const answer = await fetch("/api/v4/leads/complex", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", "x-requested-with": "XMLHttpRequest" },
      body: JSON.stringify([{ name, _embedded: linked }]),
      signal: AbortSignal.timeout(CREATE_WITHIN_MS),
    });
    if (!answer.ok) return undefined;
    const made: unknown = await answer.json();
    return Array.isArray(made) ? numberOf(fieldsOf(made[0])["id"]) : undefined;
  } catch {
    return undefined;
  }
}

const isCardType = (type: string): type is CardRef["type"] => Object.hasOwn(CARD_PATHS, type);
