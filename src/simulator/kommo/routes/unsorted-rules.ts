/**
 * What may stand in a written incoming lead; also the call metadata of complex leads.
 * @source kommo-api, section 8.1
 */
import { callResponsibleRule, pipelineRule } from "../state/references.ts";
import type { WrittenCard, WrittenContact, WrittenLead } from "../state/card-write.ts";
import type { CallMetadata } from "../state/unsorted.ts";
import type { Exchange } from "../wire/exchange.ts";
import {
  atLeast,
  filledText,
  flag,
  integerOrText,
  listOf,
  nullable,
  object,
  text,
} from "../wire/rule.ts";
import type { Rule } from "../wire/rule.ts";
import { companyRule, contactRule, inPipeline, leadEmbedded, leadFields } from "./card-rules.ts";

export type WrittenIncoming = {
  readonly source_uid: string;
  readonly source_name: string;
  readonly pipeline_id?: number;
  readonly created_at?: number;
  readonly metadata: CallMetadata | Readonly<Record<string, unknown>>;
  readonly _embedded?: {
    readonly leads?: readonly WrittenLead[];
    readonly contacts?: readonly WrittenContact[];
    readonly companies?: readonly WrittenCard[];
  };
};

/** `call_responsible: null` is the one null that Kommo takes here. */
export const sipMetadata = ({ account, switches }: Exchange) => ({
  required: { uniq: filledText, phone: filledText },
  optional: {
    from: integerOrText,
    called_at: atLeast(0),
    duration: atLeast(0),
    link: text,
    service_code: text,
    is_call_event_needed: flag,
    call_responsible: nullable(callResponsibleRule(account, switches)),
  },
});

export const sipMetadataRule = (exchange: Exchange): Rule<CallMetadata> => {
  const { required, optional } = sipMetadata(exchange);
  return object(required, optional);
};

const formsMetadataRule = object(
  { form_id: filledText, form_name: filledText, form_page: filledText, form_sent_at: atLeast(0) },
  { ip: text, referer: text },
);

const incomingRule = <T extends WrittenIncoming["metadata"]>(
  exchange: Exchange,
  metadata: Rule<T>,
) =>
  object(
    { source_uid: filledText, source_name: filledText, metadata },
    {
      pipeline_id: pipelineRule(exchange.account),
      created_at: atLeast(0),
      request_id: text,
      _embedded: object(
        {},
        {
          leads: listOf(hiddenLeadRule(exchange), 1),
          contacts: listOf(contactRule(exchange), 1),
          companies: listOf(companyRule(exchange), 1),
        },
      ),
    },
  );

/** A lead that is linked to nothing but what comes with it. */
const hiddenLeadRule = (exchange: Exchange) =>
  inPipeline(
    exchange,
    object({}, { ...leadFields(exchange), _embedded: object({}, leadEmbedded(exchange)) }),
  );

export const unsortedSipRule = (exchange: Exchange): Rule<WrittenIncoming> =>
  incomingRule(exchange, sipMetadataRule(exchange));
export const unsortedFormsRule = (exchange: Exchange): Rule<WrittenIncoming> =>
  incomingRule(exchange, formsMetadataRule);

/** The numbers that come with an incoming lead. */
export function numbersIn(written: WrittenIncoming): string[] {
  const contact = written._embedded?.contacts?.[0];
  return (contact?.custom_fields_values ?? [])
    .filter(({ field_code }) => field_code === "PHONE")
    .flatMap(({ values }) => (values ?? []).map(({ value }) => String(value)));
}
