/**
 * The widget as Kommo loads it: the constructor that its AMD module returns. Everything that it starts
 * ends in `destroy`. Exports `createWidget`, which bundle.ts wraps.
 * @source kommo-api, section 21.3
 */
import { parseBackendAddress } from "./backend-address.ts";
import { createBackend } from "./backend.ts";
import { openKommoPage, type KommoWidget } from "./kommo-page.ts";
import { createNetwork } from "./network.ts";
import { createPanelPlace } from "./panels/panel-place.ts";
import { saveExtensions } from "./save-extensions.ts";
import { readSaved, type Saved } from "./saved-settings.ts";
import { mountSettings } from "./settings-block.ts";
import { startTelephony, type Telephony } from "./telephony.ts";
import { showMessage } from "./view/message-card.ts";
import { readWords, type Words } from "./words.ts";

/** Fills `widget.callbacks`, which Kommo calls. */
export function createWidget(widget: KommoWidget): void {
  const page = openKommoPage(widget);
  const panels = createPanelPlace();
  let texts: Words | undefined;
  const words = (): Words => (texts ??= readWords((section) => widget.i18n(section)));
  let telephony: Telephony | undefined;
  let isActionAdded = false;
  let isDestroyed = false;
  let endSettings: (() => void) | undefined;
  let endMessage: (() => void) | undefined;

  /** With the address that is saved, or another one that is about to be. */
  function start(backendUrl: string): void {
    stop();
    const address = parseBackendAddress(backendUrl);
    if (typeof address !== "string") telephony = startTelephony({ page, words: words(), address });
    renderPanels();
  }

  function renderPanels(): void {
    if (telephony !== undefined) panels.render({ ...telephony, page, words: words() });
  }

  function stop(): void {
    panels.end();
    telephony?.stop();
    telephony = undefined;
  }

  function tell(message: string): void {
    endMessage?.();
    endMessage = showMessage(message, { words: words() });
  }

  function onClick(phone: string): void {
    if (isDestroyed) return;
    if (telephony === undefined) tell(words().refusal.not_set_up);
    else telephony.dial(phone);
  }

  async function save(saved: Saved): Promise<true> {
    if (!saved.isActive) return true;
    const address = parseBackendAddress(saved.backendUrl);
    if (typeof address === "string") {
      tell(words().settings[address]);
      return true;
    }
    start(saved.backendUrl);
    if (telephony === undefined) return true;
    const { backend } = telephony;
    const problem = await saveExtensions(saved, { backend, page, words: words() });
    if (problem !== undefined) tell(problem);
    return true;
  }

  widget.callbacks = {
    render() {
      isDestroyed = false;
      if (telephony === undefined) start(page.settings().backendUrl);
      else renderPanels();
      return true;
    },
    init() {
      // Kommo knows no way to take an action back: after `destroy` it does nothing.
      if (!isActionAdded) page.onPhoneClick(onClick);
      isActionAdded = true;
      return true;
    },
    bind_actions: () => true,
    settings(modal) {
      const root = rootOf(modal);
      if (root === undefined) return true;
      endSettings?.();
      endSettings = mountSettings(root, {
        words: words(),
        backendAt: (address) => {
          // The administrator has just read what the browser will ask.
          const network = createNetwork({
            address,
            notice: () => Promise.resolve("go"),
            endNotice: () => undefined,
          });
          return createBackend({ address, page, network });
        },
      });
      return true;
    },
    onSave: (given) => save(readSaved(given)),
    onInstall: () => true,
    destroy() {
      isDestroyed = true;
      endSettings?.();
      endMessage?.();
      stop();
      return true;
    },
  };
}

/** Kommo gives a jQuery object. */
function rootOf(modal: unknown): Element | undefined {
  if (modal instanceof Element) return modal;
  const first =
    typeof modal === "object" && modal !== null ? (modal as ArrayLike<unknown>)[0] : undefined;
  return first instanceof Element ? first : undefined;
}
