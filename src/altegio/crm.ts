/** Kommo as appointments see it: what has to be read before it is decided where one belongs. */
import type { KommoFailure } from "../kommo/failure.ts";
import type { Result } from "../lib/failure.ts";

export type FieldValue = string | number | boolean;

export type CrmLead = {
  readonly id: number;
  readonly name: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly pipelineId: number;
  readonly statusId: number;
  readonly price: number;
  readonly responsibleUserId: number | undefined;
  readonly contactIds: readonly number[];
  readonly tags: readonly string[];
  /** By the id of the field; none is empty. */
  readonly fields: ReadonlyMap<number, readonly FieldValue[]>;
};

export type CrmContact = {
  readonly id: number;
  readonly name: string;
  readonly phones: readonly string[];
  readonly emails: readonly string[];
  readonly leadIds: readonly number[];
};

export type CrmField = {
  readonly id: number;
  readonly name: string;
  /** As Kommo names it: "text", "numeric", "date_time" … */
  readonly type: string;
};

export type CrmPipeline = {
  readonly id: number;
  readonly isMain: boolean;
  /** In the order of the pipeline. */
  readonly statuses: readonly {
    readonly id: number;
    readonly name: string;
    readonly isUnsorted: boolean;
  }[];
  readonly name: string;
};

/** A person waits; something has just happened; whatever can wait. */
export type CrmAsk = {
  readonly urgency: "person" | "event" | "background";
  readonly signal: AbortSignal;
};

export type CrmAnswer<T> = Promise<Result<T, KommoFailure>>;
export type CrmPage<T> = { readonly rows: readonly T[]; readonly next: number | undefined };

/** Deleted cards and those of incoming leads are in none of the answers. */
export type CrmReader = {
  leadsById(ids: readonly number[], ask: CrmAsk): CrmAnswer<readonly CrmLead[]>;
  /** Whatever field has the text. */
  leadsWithText(text: string, ask: CrmAsk): CrmAnswer<readonly CrmLead[]>;
  contactsById(ids: readonly number[], ask: CrmAsk): CrmAnswer<readonly CrmContact[]>;
  /** All that Kommo's search finds for these digits; to be compared again. */
  contactsWithDigits(digits: string, ask: CrmAsk): CrmAnswer<readonly CrmContact[]>;
  leadPage(page: number, ask: CrmAsk): CrmAnswer<CrmPage<CrmLead>>;
  contactPage(page: number, ask: CrmAsk): CrmAnswer<CrmPage<CrmContact>>;
  pipelines(ask: CrmAsk): CrmAnswer<readonly CrmPipeline[]>;
  leadFields(ask: CrmAsk): CrmAnswer<readonly CrmField[]>;
  makeLeadField(
    field: Pick<CrmField, "name" | "type">,
    ask: CrmAsk,
  ): CrmAnswer<CrmField | undefined>;
};
