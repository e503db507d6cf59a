/** Whether the telephones that the exchange has and those of `users` are the same. */
import { exchangeIn, ownName } from "../../lib/exchange-names.ts";
import type { AmiText } from "../../ami/framer.ts";
import { fieldOf, parseMessage } from "../../ami/message.ts";
import { anyDialPattern } from "../../lib/dial-pattern.ts";
import { userAt } from "../../registration/employees.ts";
import { listCalls } from "../calls/kept-calls.ts";
import { withStoreBeside } from "../store-beside.ts";
import { registrationSettings } from "../registration-settings.ts";
import type { Check } from "./check.ts";
import { checkOfExchange } from "./check.ts";
import type { StorePlace } from "../../store/open-store.ts";

/** Devices of these technologies can be telephones; the others are hints, queues, conferences. */
const TECHNOLOGIES = /^(?:PJSIP|SIP|IAX2|DAHDI|SCCP|Skinny|MGCP|Dongle|Quectel|MOTIF)\/([^/@]+)$/i;

export const extensionsCheck: Check = checkOfExchange("extensions", async (config, context) => {
  const line = await context.exchange(config);
  if (!line.ok) return { status: "skipped", sentence: "needs a login to Asterisk" };
  const answer = await line.value.session.send({ Action: "DeviceStateList" });
  if (!answer.ok) {
    const sentence = "Asterisk does not tell which telephones it has";
    return { status: "warning", sentence, remedy: answer.failure.hint };
  }

  const isTelephone = anyDialPattern(config.pbx.extensions);
  const devices = new Set(answer.value.items.map(endpointOf).filter((name) => name !== undefined));
  const telephones = [...devices].filter(isTelephone).toSorted();
  if (telephones.length === 0) {
    const sentence = `none of the exchange's ${devices.size} devices is a telephone by pbx.extensions`;
    const remedy =
      'correct pbx.extensions; asterisk -rx "device_state list" shows the devices\' names';
    return { status: "failed", sentence, remedy };
  }
  const settings = registrationSettings(config);
  const standsForNobody = (extension: string): boolean => userAt(extension, settings).isUnknown;
  const lonely = telephones.filter(standsForNobody);
  const strange = (await extensionsSeen(config.store, context.exchangeName)).filter(
    (extension) => standsForNobody(extension) && !lonely.includes(extension),
  );
  const absent = [...config.users.keys()].filter((extension) => !devices.has(extension));
  const sentence = `${telephones.length} telephones at the exchange, ${config.users.size} in users`;
  const details = [
    ...(lonely.length > 0 ? [`without a Kommo user: ${listed(lonely)}`] : []),
    ...(strange.length > 0
      ? [`took part in the last calls, without a Kommo user: ${listed(strange)}`]
      : []),
    ...(absent.length > 0 ? [`in users, and not at the exchange: ${listed(absent)}`] : []),
  ];
  if (details.length === 0) return { status: "ok", sentence };
  const remedy =
    config.unknown_extension === "leave_out"
      ? "complete users or employees; calls of a telephone without a user are booked for no employee"
      : "complete users or employees; calls of a telephone without a user go to that of unknown_extension";
  return { status: "warning", sentence, remedy, details };
});

const LAST_CALLS = 500;

/** Those of the newest calls; none where there is no store yet. */
async function extensionsSeen(
  place: StorePlace,
  exchange: string | undefined,
): Promise<readonly string[]> {
  const looked = await withStoreBeside(place, (store) => listCalls(store, { limit: LAST_CALLS }));
  if (!looked.ok) return [];
  const parts = looked.value.flatMap(({ call }) => call.conversations);
  const own = parts.filter(({ extension }) => exchangeIn(extension) === exchange);
  return [...new Set<string>(own.map(({ extension }) => ownName(extension)))].toSorted();
}

function endpointOf(item: AmiText): string | undefined {
  const message = parseMessage(item);
  const device = message && fieldOf(message, "Device");
  return TECHNOLOGIES.exec(device ?? "")?.[1];
}

const SHOWN = 20;

const listed = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(", ") +
  (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");
