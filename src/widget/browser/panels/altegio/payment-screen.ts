/**
 * A payment on its way: one key for all that is sent of it, so that neither a lost answer nor a second
 * click pays twice; then asked for until it has an outcome.
 */
import type { CheckoutAnswer, CheckoutRequest } from "../../../../http/altegio-contract.ts";
import { button, buttonRow, element } from "../../view/element.ts";
import { fill } from "../../words.ts";
import { line, type Desk } from "./desk.ts";
import { newKey } from "../../new-key.ts";

export type Payment = CheckoutRequest;

const ASK_EVERY_MS = 1_000;
const SEND_TRIES = 3;

export function showPayment(desk: Desk, payment: Payment): void {
  const { words } = desk;
  const key = newKey();
  const [waiting, problem, done] = [line("faint"), line("problem"), line("done")];
  const buttons = buttonRow();
  const back = button(words.back, () => desk.list());
  const isShown = desk.show(
    [element("h3", { text: words.checkout }), waiting.node, problem.node, done.node, buttons, back],
    back,
  );

  async function run(): Promise<void> {
    buttons.replaceChildren();
    problem.say("");
    waiting.say(words.pay_waiting);
    const sent = await send();
    if (!isShown()) return;
    if (sent === "lost") return lost();
    if (sent !== "taken") return fail(sent);
    await follow();
  }

  /** The daemon keeps the key: the same payment is one, however often it comes. */
  async function send(): Promise<"taken" | "lost" | { readonly reason: string }> {
    for (let tries = 1; ; tries += 1) {
      const sent = await desk.act<CheckoutAnswer>("/checkout", payment, { "Idempotency-Key": key });
      if (sent.ok) return "taken";
      if (sent.failure.code !== "unreachable") return { reason: desk.why(sent.failure) };
      if (tries >= SEND_TRIES || !isShown()) return "lost";
      await pause(ASK_EVERY_MS);
    }
  }

  async function follow(): Promise<void> {
    for (let missed = 0; isShown(); await pause(ASK_EVERY_MS)) {
      const asked = await desk.read<CheckoutAnswer>(`/checkouts/${key}`);
      if (!isShown()) return;
      if (!asked.ok) {
        missed += 1;
        if (missed < SEND_TRIES) continue;
        return lost();
      }
      missed = 0;
      const { state } = asked.value;
      if (state === "done" || state === "refused") return tell(asked.value);
      waiting.say(state === "sending" ? words.pay_under_way : words.pay_waiting);
    }
  }

  function tell({ outcome, code, detail }: CheckoutAnswer): void {
    waiting.say("");
    if (outcome === "refused") return fail({ reason: refusalOf(code, detail) });
    const text = outcome === "paid-already" ? words.pay_already : words.pay_done;
    done.say(fill(text, { sum: detail.split(" ", 1)[0] ?? "" }));
  }

  function refusalOf(code: CheckoutAnswer["code"], detail: string): string {
    const known: Readonly<Record<string, string>> = words;
    // What is none of ours is said in Altegio's own words.
    const name = `refusal_${code ?? ""}`;
    if (Object.hasOwn(known, name)) return known[name] ?? "";
    return fill(words.refused_altegio_refused, { reason: detail });
  }

  function fail({ reason }: { readonly reason: string }): void {
    waiting.say("");
    problem.say(fill(words.pay_refused, { reason }));
  }

  function lost(): void {
    waiting.say("");
    problem.say(words.pay_lost);
    const again = button(words.pay_again, () => void run(), "primary");
    buttons.replaceChildren(again);
    again.focus();
  }

  void run();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
