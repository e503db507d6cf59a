/**
 * What the widget adds to its settings in Kommo: a test of the connection, and what is to be known of a
 * private address. Exports `mountSettings`.
 */
import type { SettingsAnswer } from "../../http/widget-contract.ts";
import type { BackendAddress } from "./backend-address.ts";
import { isPrivateHost, parseBackendAddress } from "./backend-address.ts";
import type { Backend } from "./backend.ts";
import { button, element } from "./view/element.ts";
import { openShadowPlace } from "./view/shadow-place.ts";
import { fill, type Words } from "./words.ts";

export type SettingsDeps = {
  readonly words: Words;
  /** A backend for an address that is not saved yet. */
  readonly backendAt: (address: BackendAddress) => Pick<Backend, "settings">;
};

type Line = { readonly look: "good" | "bad" | ""; readonly text: string };

/** @param modal Kommo's window of the settings. @returns what ends it */
export function mountSettings(modal: Element, { words, backendAt }: SettingsDeps): () => void {
  const field = modal.querySelector<HTMLInputElement>('input[name="backend_url"]');
  const parent = modal.querySelector(".widget_settings_block__fields") ?? modal;
  const place = openShadowPlace(parent, "block");
  const result = element("ul", { class: "lines", role: "status" });
  const hint = element("p", { class: "faint" });
  let tries = 0;

  const show = (lines: readonly Line[]): void =>
    result.replaceChildren(
      ...lines.map(({ look, text }) => element("li", { class: look }, [element("span", { text })])),
    );
  const tellPrivate = (): void => {
    const address = parseBackendAddress(field?.value ?? "");
    const isPrivate =
      typeof address === "object" && address.isPrivate && !isPrivateHost(window.location.hostname);
    hint.textContent = isPrivate ? fill(words.settings.private_before, { host: address.host }) : "";
  };

  async function test(): Promise<void> {
    const address = parseBackendAddress(field?.value ?? "");
    if (typeof address === "string") return show([{ look: "bad", text: words.settings[address] }]);
    tries += 1;
    const mine = tries;
    show([{ look: "", text: words.settings.testing }]);
    const answer = await backendAt(address).settings();
    // Only the last click speaks.
    if (mine !== tries) return;
    if (answer.ok) return show(resultLines(answer.value, words));
    const { code } = answer.failure;
    const text =
      code === "denied_by_browser"
        ? fill(words.network.denied, { host: address.host })
        : fill(words.refusal[Object.hasOwn(words.refusal, code) ? code : "internal"], {
            host: address.host,
          });
    show([{ look: "bad", text }]);
  }

  place.root.append(
    hint,
    button(words.settings.test, () => void test(), "primary"),
    result,
  );
  field?.addEventListener("input", tellPrivate);
  tellPrivate();
  return () => {
    tries += 1;
    field?.removeEventListener("input", tellPrivate);
    place.remove();
  };
}

function resultLines(answer: SettingsAnswer, words: Words): readonly Line[] {
  const { settings, telephone } = words;
  const { version, exchange, telephones, features } = answer;
  const mine = telephones.map(({ extension, state }) => `${extension} (${telephone[state]})`);
  const isConnected = exchange === "connected";
  return [
    { look: "good", text: fill(settings.ok, { version }) },
    isConnected
      ? { look: "good", text: settings.exchange_connected }
      : { look: "bad", text: settings.exchange_not_connected },
    mine.length > 0
      ? { look: "good", text: fill(settings.your_telephones, { telephones: mine.join(", ") }) }
      : { look: "bad", text: settings.no_telephone },
    features.originate
      ? { look: "good", text: settings.dialling_on }
      : { look: "bad", text: settings.dialling_off },
    features.call_panel
      ? { look: "good", text: settings.panel_on }
      : { look: "", text: settings.panel_off },
  ];
}
