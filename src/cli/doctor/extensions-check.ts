/** Whether the telephones that the exchange has and those of `users` are the same. */
import type { AmiText } from "../../ami/framer.ts";
import { fieldOf, parseMessage } from "../../ami/message.ts";
import { anyDialPattern } from "../../lib/dial-pattern.ts";
import type { Check } from "./check.ts";
import { checkWithConfig } from "./check.ts";

/** Devices of these technologies can be telephones; the others are hints, queues, conferences. */
const TECHNOLOGIES = /^(?:PJSIP|SIP|IAX2|DAHDI|SCCP|Skinny|MGCP|Dongle|Quectel|MOTIF)\/([^/@]+)$/i;

export const extensionsCheck: Check = checkWithConfig("extensions", async (config, context) => {
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
  const lonely = telephones.filter((extension) => !config.users.has(extension));
  const absent = [...config.users.keys()].filter((extension) => !devices.has(extension));
  const sentence = `${telephones.length} telephones at the exchange, ${config.users.size} in users`;
  const details = [
    ...(lonely.length > 0 ? [`without a Kommo user: ${listed(lonely)}`] : []),
    ...(absent.length > 0 ? [`in users, and not at the exchange: ${listed(absent)}`] : []),
  ];
  if (details.length === 0) return { status: "ok", sentence };
  const remedy = "complete users; calls of a telephone without a user are booked for no employee";
  return { status: "warning", sentence, remedy, details };
});

function endpointOf(item: AmiText): string | undefined {
  const message = parseMessage(item);
  const device = message && fieldOf(message, "Device");
  return TECHNOLOGIES.exec(device ?? "")?.[1];
}

const SHOWN = 20;

const listed = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(", ") +
  (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "");
