/** The full set of data of a call, as every script of a call sees it: the documented fields, and ours. */
import { anything, choice, flag, integer, list, mapOf, named, nullable, number } from "./shape.ts";
import { object, text, type Shape } from "./shape.ts";

const any = { most: 4_096, mayBeEmpty: true };
const time = (doc: string): Shape =>
  text(`${doc}, "YYYY-MM-DD HH:MM:SS" in the exchange's zone; unset: "0001-01-01 00:00:00"`);

const numberData = named(
  "NumberData",
  object(
    {
      number: text("digits as the exchange has them", any),
      name: text("name of the line or person, where known", any),
      is_internal: flag("an employee's telephone"),
    },
    { doc: "one end of a channel" },
  ),
);

const channel = named(
  "Channel",
  object(
    {
      id: text("uniqueid", any),
      name: text('"PJSIP/101-00000001"; "" where it is not known', any),
      is_primary: flag("the client's channel, whose uniqueid is the linkedid"),
      was_answered: flag("somebody answered it"),
      state: choice("where it stands", ["ringing", "talking", "ended", "processed"]),
      type: choice("seen from the company", ["local", "incoming", "outgoing", "unknown"]),
      start_time: time("when it began"),
      answer_time: time("when it was answered"),
      end_time: time("when it ended"),
      from: numberData,
      to: numberData,
      trunk: numberData,
      extra: mapOf(anything(""), "nothing so far"),
    },
    { doc: "one leg of the call" },
  ),
);

const user = named(
  "User",
  object(
    {
      id: integer("Kommo user"),
      name: text("as in Kommo, where known", any),
      email: text("as in Kommo, where known", any),
      extension: text("of the telephone", any),
    },
    { doc: "the employee" },
  ),
);

const entity = named(
  "Entity",
  object(
    {
      id: integer("in Kommo"),
      type: choice("kind of card", ["contact", "company"]),
      name: nullable(text("where known", any)),
      responsible_user_id: nullable(integer("where known")),
      is_new: flag("made for this call"),
    },
    { doc: "the client's card, as far as this call has learnt it" },
  ),
);

const deal = named(
  "Deal",
  object(
    {
      id: integer("of the lead in Kommo"),
      name: nullable(text("where known", any)),
      pipeline_id: nullable(integer("where known")),
      status_id: nullable(integer("where known")),
      responsible_user_id: nullable(integer("where known")),
      is_new: flag("made for this call"),
    },
    { doc: "the lead, as far as this call has learnt it" },
  ),
);

const recording = object({
  path: text("of the file, as Asterisk named it", any),
  extension: nullable(text("whose conversation it holds; null: the call's own", any)),
});

export const callFull: Shape = named(
  "CallFull",
  object(
    {
      active_conversation_id: text("uniqueid of the conversation this is about, or empty", any),
      channel,
      conversations: mapOf(
        named(
          "Conversation",
          object({
            channel,
            is_parked: flag("it ended with the client in a parking place"),
            user: nullable(user),
          }),
        ),
        "by uniqueid of the employee's channel",
      ),
      deal: nullable(deal),
      entity: nullable(entity),
      is_ivr: flag("missed while in a voice menu: no telephone rang"),
      record: text("link to the recording, or empty", any),
      result: integer(
        "like a SIP code: 200 answered, 480 no answer, 486 busy, 487 caller hung up …",
      ),
      // Ours, beside the documented ones.
      direction: choice("who began", ["inbound", "outbound", "internal"]),
      client_phone: nullable(text("null: withheld", any)),
      did: nullable(text("the line that the client dialled", any)),
      queue: nullable(text("queue that the client waited in", any)),
      linkedid: text("Asterisk's id of the call", any),
      talk_seconds: number("of the last employee who talked with the client"),
      recordings: list(recording, "all files of the call"),
      pbx: nullable(text("name of the exchange, where several are configured", any)),
      variables: mapOf(text("", any), "those that customizations.variables names, as last set"),
    },
    { doc: "everything that is known of the call" },
  ),
);
