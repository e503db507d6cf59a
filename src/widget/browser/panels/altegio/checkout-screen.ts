/** The bill of a visit, and its payment: asked for once under one key, however often an answer is lost. */
import type { PanelAppointment, PanelBill } from "../../../../http/altegio-contract.ts";
import { parseSum } from "../../format.ts";
import { button, buttonRow, element, labelled } from "../../view/element.ts";
import { fill } from "../../words.ts";
import { line, told, type Desk } from "./desk.ts";
import { form, submit } from "./find-screen.ts";
import { showPayment, type Payment } from "./payment-screen.ts";

type Method = Payment["method"];

export async function showCheckout(desk: Desk, one: PanelAppointment): Promise<void> {
  const { words } = desk;
  const [waiting, problem] = [line("faint"), line("problem")];
  const place = element("div", { class: "body" });
  const heading = element("h3", { text: `${words.checkout} · ${desk.time(one.local_time)}` });
  const back = button(words.back, () => desk.list(), "link");
  const isShown = desk.show([heading, waiting.node, problem.node, place, back], back);
  waiting.say(words.loading);
  const { location_id: location, record_id: record } = one;
  const query = new URLSearchParams({ location, record });
  const asked = desk.read<PanelBill>(`/bill?${query.toString()}`);
  const bill = await told(asked, { desk, problem, isShown });
  waiting.say("");
  if (bill === undefined) return;
  const open = Math.round((bill.due - bill.paid) * 100) / 100;
  place.replaceChildren(
    billTable(desk, one, { ...bill, open }),
    ...(open > 0
      ? [payForm(desk, one, { bill, open })]
      : [element("p", { class: "done", text: words.all_paid })]),
  );
  place.querySelector("input")?.focus();
}

function billTable(
  desk: Desk,
  { currency }: PanelAppointment,
  { items, due, paid, open }: PanelBill & { readonly open: number },
): HTMLElement {
  const { words } = desk;
  const row = (text: string, sum: number, look = ""): HTMLElement => {
    const head = element("th", { text });
    head.scope = "row";
    return element("tr", { class: look }, [head, element("td", { text: desk.sum(sum, currency) })]);
  };
  return element("table", { class: "sums", label: words.items }, [
    element("tbody", {}, [
      ...items.map(({ title, cost }) => row(title, cost)),
      row(words.due, due, "total"),
      row(words.paid_so_far, paid),
      row(words.open, open, "total"),
    ]),
  ]);
}

function payForm(
  desk: Desk,
  one: PanelAppointment,
  { bill, open }: { readonly bill: PanelBill; readonly open: number },
): HTMLElement {
  const { words } = desk;
  const problem = line("problem");
  problem.node.id = "sum-problem";
  const account = element("select", {});
  const amount = element("input", {});
  amount.inputMode = "decimal";
  amount.setAttribute("aria-describedby", problem.node.id);
  const pay = submit("");
  let method: Method = "cash";

  function choose(next: Method): void {
    method = next;
    const fitting = bill.accounts.filter((desk_) => desk_.is_cash === (next === "cash"));
    account.replaceChildren(
      new Option(words.account_default, ""),
      ...fitting.map(({ id, title }) => new Option(title, id)),
    );
  }
  const typed = (): number | undefined =>
    amount.value.trim() === "" ? open : parseSum(amount.value);
  const isGood = (sum: number | undefined): sum is number =>
    sum !== undefined && sum > 0 && sum <= open;
  function look(): void {
    const sum = typed();
    pay.textContent = fill(words.pay, { sum: desk.sum(isGood(sum) ? sum : open, one.currency) });
    if (isGood(sum)) {
      problem.say("");
      amount.removeAttribute("aria-invalid");
    }
  }
  amount.addEventListener("input", look);
  choose(method);
  look();

  function send(): void {
    const sum = typed();
    if (!isGood(sum)) {
      problem.say(fill(words.amount_invalid, { sum: desk.sum(open, one.currency) }));
      amount.setAttribute("aria-invalid", "true");
      return amount.focus();
    }
    const { location_id, record_id } = one;
    showPayment(desk, {
      ...{ lead: desk.lead, location_id, record_id, method, open },
      ...(account.value === "" ? {} : { account_id: account.value }),
      ...(amount.value.trim() === "" ? {} : { amount: sum }),
    });
  }

  const methods = element("fieldset", {}, [
    element("legend", { text: words.method }),
    element("div", { class: "chips" }, [
      radio("method", words.cash, { isChecked: true, onChoose: () => choose("cash") }),
      radio("method", words.cashless, { isChecked: false, onChoose: () => choose("cashless") }),
    ]),
  ]);
  return form(send, [
    methods,
    labelled(words.account, account),
    labelled(words.amount, amount),
    problem.node,
    buttonRow(pay),
  ]);
}

export function radio(
  name: string,
  text: string,
  given: { readonly isChecked: boolean; readonly onChoose: () => void },
): HTMLElement {
  const input = element("input", {});
  input.type = "radio";
  input.name = name;
  input.checked = given.isChecked;
  input.addEventListener("change", () => given.onChoose());
  return element("label", { class: "choice" }, [input, element("span", { text })]);
}
