/** A call in one sentence: "Inbound from +7 916 … to 7495…, answered by Anna (101), 2:14 of talk." */
import type { CallAnswer, Employee } from "../contract.ts";
import { duration, phone } from "./format.ts";
import type { Texts } from "./texts.tsx";

export function headline({ call, lanes, transfers }: CallAnswer, { t, word }: Texts): string {
  const named = ({ extension, name }: Employee): string =>
    name === null ? extension : `${name} (${extension})`;
  const employee = (extension: string): string => {
    const lane = lanes.find((one) => one.who === "employee" && one.extension === extension);
    return named({ extension, name: lane?.name ?? null });
  };
  const client = call.phone === null ? t("withheldNumber") : phone(call.phone);
  const whom = call.client === null ? client : `${call.client}, ${client}`;
  const [first] = transfers;
  const answered = first === undefined ? call.answeredBy : { extension: first.from, name: null };
  const rung = call.employees.map(named).join(", ");
  const parts: string[] = [];
  if (call.direction === "inbound")
    parts.push(
      call.did === null
        ? t("headline.inbound", { whom })
        : t("headline.inboundTo", { whom, did: phone(call.did) }),
    );
  if (call.direction === "outbound") parts.push(t("headline.outbound", { whom, by: rung }));
  if (call.direction === "internal") parts.push(t("headline.internal", { who: rung }));
  if (call.result === "answered" && answered !== null && call.direction !== "outbound")
    parts.push(t("headline.answered", { by: employee(answered.extension) }));
  for (const { to } of transfers) parts.push(t("headline.transferred", { to: employee(to) }));
  if (call.result !== "answered")
    parts.push(
      call.direction === "inbound" && rung !== ""
        ? t("headline.missedBy", { who: rung })
        : word("result", call.result),
    );
  if (call.talkSeconds > 0) parts.push(t("headline.talk", { time: duration(call.talkSeconds) }));
  return `${parts.join(", ")}.`;
}
