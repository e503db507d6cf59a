/**
 * Types of asterisk-kommo's customizations. Generated from the contract; do not edit.
 *
 *   import type { ProcessClientPhone } from "asterisk-kommo/customization";
 *   const script: ProcessClientPhone = ({ phone }) => ({ data: { phone }, state: "success" });
 *   export default script;
 */

/** Any `state` but "success": the default is used. */
export type Answer<Data> = { state: "success"; data: Data | Cancelled } | { state: string };
/** Of a creation, an update, a dial or a distribution: it is not done. */
export type Cancelled = Record<string, never> | [] | null;

/** everything that is known of the call */
export type CallFull = {
  /** uniqueid of the conversation this is about, or empty */
  active_conversation_id: string;
  /** one leg of the call */
  channel: Channel;
  /** by uniqueid of the employee's channel */
  conversations: Record<string, Conversation>;
  /** the lead, as far as this call has learnt it */
  deal: Deal | null;
  /** the client's card, as far as this call has learnt it */
  entity: Entity | null;
  /** missed while in a voice menu: no telephone rang */
  is_ivr: boolean;
  /** link to the recording, or empty */
  record: string;
  /** like a SIP code: 200 answered, 480 no answer, 486 busy, 487 caller hung up … */
  result: number;
  /** who began */
  direction: "inbound" | "outbound" | "internal";
  /** null: withheld */
  client_phone: string | null;
  /** the line that the client dialled */
  did: string | null;
  /** queue that the client waited in */
  queue: string | null;
  /** Asterisk's id of the call */
  linkedid: string;
  /** of the last employee who talked with the client */
  talk_seconds: number;
  /** all files of the call */
  recordings: Array<{
    /** of the file, as Asterisk named it */
    path: string;
    /** whose conversation it holds; null: the call's own */
    extension: string | null;
  }>;
  /** name of the exchange, where several are configured */
  pbx: string | null;
  /** those that customizations.variables names, as last set */
  variables: Record<string, string>;
};

/** one leg of the call */
export type Channel = {
  /** uniqueid */
  id: string;
  /** "PJSIP/101-00000001"; "" where it is not known */
  name: string;
  /** the client's channel, whose uniqueid is the linkedid */
  is_primary: boolean;
  /** somebody answered it */
  was_answered: boolean;
  /** where it stands */
  state: "ringing" | "talking" | "ended" | "processed";
  /** seen from the company */
  type: "local" | "incoming" | "outgoing" | "unknown";
  /** when it began, "YYYY-MM-DD HH:MM:SS" in the exchange's zone; unset: "0001-01-01 00:00:00" */
  start_time: string;
  /** when it was answered, "YYYY-MM-DD HH:MM:SS" in the exchange's zone; unset: "0001-01-01 00:00:00" */
  answer_time: string;
  /** when it ended, "YYYY-MM-DD HH:MM:SS" in the exchange's zone; unset: "0001-01-01 00:00:00" */
  end_time: string;
  /** one end of a channel */
  from: NumberData;
  /** one end of a channel */
  to: NumberData;
  /** one end of a channel */
  trunk: NumberData;
  /** nothing so far */
  extra: Record<string, unknown>;
};

/** one end of a channel */
export type NumberData = {
  /** digits as the exchange has them */
  number: string;
  /** name of the line or person, where known */
  name: string;
  /** an employee's telephone */
  is_internal: boolean;
};

export type Conversation = {
  /** one leg of the call */
  channel: Channel;
  /** it ended with the client in a parking place */
  is_parked: boolean;
  /** the employee */
  user: User | null;
};

/** the employee */
export type User = {
  /** Kommo user */
  id: number;
  /** as in Kommo, where known */
  name: string;
  /** as in Kommo, where known */
  email: string;
  /** of the telephone */
  extension: string;
};

/** the lead, as far as this call has learnt it */
export type Deal = {
  /** of the lead in Kommo */
  id: number;
  /** where known */
  name: string | null;
  /** where known */
  pipeline_id: number | null;
  /** where known */
  status_id: number | null;
  /** where known */
  responsible_user_id: number | null;
  /** made for this call */
  is_new: boolean;
};

/** the client's card, as far as this call has learnt it */
export type Entity = {
  /** in Kommo */
  id: number;
  /** kind of card */
  type: "contact" | "company";
  /** where known */
  name: string | null;
  /** where known */
  responsible_user_id: number | null;
  /** made for this call */
  is_new: boolean;
};

export type NeedRegistrationInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  /** where the call stands */
  call_stage: "conversation_requested" | "conversation_accepted" | "conversation_ended" | "call_ended";
};
export type NeedRegistrationData = {
  /** false: nothing of this stage reaches Kommo */
  result: boolean;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Is the call to be told to Kommo? Asked at each stage, before all else. */
export type NeedRegistration = (input: NeedRegistrationInput) => { state: string; data: NeedRegistrationData } | Promise<{ state: string; data: NeedRegistrationData }>;

export type ProcessClientPhoneInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  /** where the call stands */
  call_stage: "conversation_requested" | "conversation_accepted" | "conversation_ended" | "call_ended";
  /** the client's number */
  phone: string;
};
export type ProcessClientPhoneData = {
  /** the number from here on */
  phone: string;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** The client's number, before it is looked for in Kommo. */
export type ProcessClientPhone = (input: ProcessClientPhoneInput) => { state: string; data: ProcessClientPhoneData } | Promise<{ state: string; data: ProcessClientPhoneData }>;

export type ProcessContactCreationParamsInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  custom_fields_values: Array<{
    /** id of the field in the account */
    field_id: number;
    values: Array<{
      /** kind of number, "WORK" */
      enum_code: string;
      /** the client's number */
      value: string;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
    /** Other fields go on as they are. */
    [name: string]: unknown;
  }>;
  /** name of the contact */
  name: string;
  /** responsible user */
  responsible_user_id: number | null;
  tags: Array<string | {
    /** the tag's name */
    name: string;
    /** Other fields go on as they are. */
    [name: string]: unknown;
  }>;
};
export type ProcessContactCreationParamsData = {
  custom_fields_values?: Array<{
    /** id of the field in the account */
    field_id: number;
    values: Array<{
      /** kind of number, "WORK" */
      enum_code: string;
      /** the client's number */
      value: string;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
    /** Other fields go on as they are. */
    [name: string]: unknown;
  } | {
    values: Array<{
      /** kind */
      enum_code: string;
      /** its value */
      value: string;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    } | {
      enum_code?: string;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
    /** Other fields go on as they are. */
    [name: string]: unknown;
  }>;
  /** name of the contact */
  name?: string | null;
  /** responsible user */
  responsible_user_id?: number | null;
  tags?: Array<string | {
    /** the tag's name */
    name: string;
    /** Other fields go on as they are. */
    [name: string]: unknown;
  }>;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Before a contact is made. Empty `data`: no contact. */
export type ProcessContactCreationParams = (input: ProcessContactCreationParamsInput) => Answer<ProcessContactCreationParamsData> | Promise<Answer<ProcessContactCreationParamsData>>;

export type ProcessLeadCreationParamsInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  _embedded: {
    contacts: Array<{
      /** contact of the lead */
      id: number;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
    tags: Array<string | {
      /** the tag's name */
      name: string;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
  };
  /** name of the lead */
  name: string;
  /** pipeline; null: the account's main one */
  pipeline_id: number | null;
  /** responsible user */
  responsible_user_id: number | null;
  /** stage; null: the pipeline's first one */
  status_id: number | null;
};
export type ProcessLeadCreationParamsData = {
  _embedded?: {
    contacts?: Array<{
      /** contact of the lead */
      id?: number | null;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
    tags?: Array<string | {
      /** the tag's name */
      name: string;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
    /** Other fields go on as they are. */
    [name: string]: unknown;
  };
  /** name of the lead */
  name?: string | null;
  /** pipeline; null: the account's main one */
  pipeline_id?: number | null;
  /** responsible user */
  responsible_user_id?: number | null;
  /** stage; null: the pipeline's first one */
  status_id?: number | null;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Before a lead is made. Empty `data`: no lead. */
export type ProcessLeadCreationParams = (input: ProcessLeadCreationParamsInput) => Answer<ProcessLeadCreationParamsData> | Promise<Answer<ProcessLeadCreationParamsData>>;

export type ProcessUnsortedCreationParamsInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  _embedded: {
    contacts: Array<{
      custom_fields_values: Array<{
        /** id of the field in the account */
        field_id: number;
        values: Array<{
          /** kind of number, "WORK" */
          enum_code: string;
          /** the client's number */
          value: string;
          /** Other fields go on as they are. */
          [name: string]: unknown;
        }>;
        /** Other fields go on as they are. */
        [name: string]: unknown;
      }>;
      /** name of the contact */
      name: string;
      tags: Array<string | {
        /** the tag's name */
        name: string;
        /** Other fields go on as they are. */
        [name: string]: unknown;
      }>;
    }>;
    leads: Array<{
      /** name of the lead */
      name: string;
      /** pipeline; null: the account's main one */
      pipeline_id: number | null;
      tags: Array<string | {
        /** the tag's name */
        name: string;
        /** Other fields go on as they are. */
        [name: string]: unknown;
      }>;
    }>;
  };
  /** when the call began, Unix time in seconds */
  created_at: number;
  metadata: {
    /** when the call began, Unix time in seconds */
    called_at: number;
    /** talk time in seconds */
    duration: number;
    /** the client's number */
    from: string;
    /** the call stands on the lead once it is accepted */
    is_call_event_needed: boolean;
    /** link to the recording of the last conversation, or empty */
    link: string;
    /** the client's number */
    phone: string;
    /** code of the service */
    service_code: string;
    /** id of the call; what a script sets here is not used */
    uniq: string;
  };
  /** pipeline; null: the account's main one */
  pipeline_id: number | null;
  /** name of the source */
  source_name: string;
  /** id of the call */
  source_uid: string;
};
export type ProcessUnsortedCreationParamsData = {
  _embedded?: {
    contacts?: Array<{
      custom_fields_values?: Array<{
        /** id of the field in the account */
        field_id: number;
        values: Array<{
          /** kind of number, "WORK" */
          enum_code: string;
          /** the client's number */
          value: string;
          /** Other fields go on as they are. */
          [name: string]: unknown;
        }>;
        /** Other fields go on as they are. */
        [name: string]: unknown;
      } | {
        values: Array<{
          /** kind */
          enum_code: string;
          /** its value */
          value: string;
          /** Other fields go on as they are. */
          [name: string]: unknown;
        } | {
          enum_code?: string;
          /** Other fields go on as they are. */
          [name: string]: unknown;
        }>;
        /** Other fields go on as they are. */
        [name: string]: unknown;
      }>;
      /** name of the contact */
      name?: string | null;
      tags?: Array<string | {
        /** the tag's name */
        name: string;
        /** Other fields go on as they are. */
        [name: string]: unknown;
      }>;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
    leads?: Array<{
      /** name of the lead */
      name?: string | null;
      /** pipeline; null: the account's main one */
      pipeline_id?: number | null;
      tags?: Array<string | {
        /** the tag's name */
        name: string;
        /** Other fields go on as they are. */
        [name: string]: unknown;
      }>;
      /** Other fields go on as they are. */
      [name: string]: unknown;
    }>;
    /** Other fields go on as they are. */
    [name: string]: unknown;
  };
  /** when the call began, Unix time in seconds */
  created_at?: number | null;
  metadata?: {
    /** when the call began, Unix time in seconds */
    called_at?: number | null;
    /** talk time in seconds */
    duration?: number | null;
    /** the client's number */
    from?: string | null;
    /** the call stands on the lead once it is accepted */
    is_call_event_needed?: boolean;
    /** link to the recording of the last conversation, or empty */
    link?: string | null;
    /** the client's number */
    phone?: string | null;
    /** code of the service */
    service_code?: string | null;
    /** id of the call; what a script sets here is not used */
    uniq?: string | null;
    /** Other fields go on as they are. */
    [name: string]: unknown;
  };
  /** pipeline; null: the account's main one */
  pipeline_id?: number | null;
  /** name of the source */
  source_name?: string | null;
  /** id of the call */
  source_uid?: string | null;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Before an incoming lead is made. Empty `data`: no incoming lead. */
export type ProcessUnsortedCreationParams = (input: ProcessUnsortedCreationParamsInput) => Answer<ProcessUnsortedCreationParamsData> | Promise<Answer<ProcessUnsortedCreationParamsData>>;

export type ProcessRecordFilePathInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  /** the conversation that it holds, as in call_full; null: the call's own */
  conversation: unknown;
  /** as Asterisk named it */
  file_path: string;
};
export type ProcessRecordFilePathData = {
  /** of the file to serve */
  file_path: string;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Where the file of a recording is; may convert it. Has a limit of its own. Empty `data`: no recording. */
export type ProcessRecordFilePath = (input: ProcessRecordFilePathInput) => Answer<ProcessRecordFilePathData> | Promise<Answer<ProcessRecordFilePathData>>;

export type ProcessCallParamsInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  /** words that stand with the call */
  call_result: string;
  /** 4 talked, 5 wrong number, 6 no connection, 7 busy, 3 not available */
  call_status: number;
  /** when the call began, Unix time in seconds */
  created_at: number;
  /** the employee; null: nobody known */
  created_by: number | null;
  /** who began */
  direction: "inbound" | "outbound";
  /** talk time of the last conversation in seconds */
  duration: number;
  /** link to the recording of the last conversation, or empty */
  link: string;
  /** the client's number, after process_client_phone */
  phone: string;
  /** the employee; null: nobody known */
  responsible_user_id: number | null;
  /** who tells the call */
  source: string;
};
export type ProcessCallParamsData = {
  /** words that stand with the call */
  call_result?: string | null;
  /** 4 talked, 5 wrong number, 6 no connection, 7 busy, 3 not available */
  call_status?: number | null;
  /** when the call began, Unix time in seconds */
  created_at?: number | null;
  /** the employee; null: nobody known */
  created_by?: number | null;
  /** who began */
  direction?: "inbound" | "outbound";
  /** talk time of the last conversation in seconds */
  duration?: number | null;
  /** link to the recording of the last conversation, or empty */
  link?: string | null;
  /** the client's number, after process_client_phone */
  phone?: string | null;
  /** the employee; null: nobody known */
  responsible_user_id?: number | null;
  /** who tells the call */
  source?: string | null;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Before the call is registered. Empty `data`: the call is not registered. */
export type ProcessCallParams = (input: ProcessCallParamsInput) => Answer<ProcessCallParamsData> | Promise<Answer<ProcessCallParamsData>>;

export type ProcessContactUpdateParamsInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  /** the contact in Kommo */
  id: number;
  /** the new responsible user */
  responsible_user_id: number;
};
export type ProcessContactUpdateParamsData = {
  /** the contact in Kommo */
  id?: number | null;
  /** the new responsible user */
  responsible_user_id?: number | null;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Before the responsible user of a contact is changed. Empty `data`: the contact stays as it is. */
export type ProcessContactUpdateParams = (input: ProcessContactUpdateParamsInput) => Answer<ProcessContactUpdateParamsData> | Promise<Answer<ProcessContactUpdateParamsData>>;

export type ProcessLeadUpdateParamsInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  /** the lead in Kommo */
  id: number;
  /** the new responsible user */
  responsible_user_id: number;
};
export type ProcessLeadUpdateParamsData = {
  /** the lead in Kommo */
  id?: number | null;
  /** the new responsible user */
  responsible_user_id?: number | null;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Before the responsible user of a lead is changed. Empty `data`: the lead stays as it is. */
export type ProcessLeadUpdateParams = (input: ProcessLeadUpdateParamsInput) => Answer<ProcessLeadUpdateParamsData> | Promise<Answer<ProcessLeadUpdateParamsData>>;

export type ProcessTaskCreationParamsInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  /** deadline, Unix time in seconds */
  complete_till: number;
  /** who makes the task; null: the owner of the token */
  created_by: number | null;
  /** card of the task */
  entity_id: number;
  /** kind of that card */
  entity_type: "contacts" | "leads" | "companies";
  /** false when it is made */
  is_completed: boolean;
  /** whose task it is; null: the card's responsible user */
  responsible_user_id: number | null;
  /** 1 call, 2 meeting, 3 e-mail, or one of the account */
  task_type: number;
  /** what is to be done */
  text: string;
};
export type ProcessTaskCreationParamsData = {
  /** deadline, Unix time in seconds */
  complete_till?: number | null;
  /** who makes the task; null: the owner of the token */
  created_by?: number | null;
  /** card of the task */
  entity_id?: number | null;
  /** kind of that card */
  entity_type?: "contacts" | "leads" | "companies";
  /** false when it is made */
  is_completed?: boolean;
  /** whose task it is; null: the card's responsible user */
  responsible_user_id?: number | null;
  /** 1 call, 2 meeting, 3 e-mail, or one of the account */
  task_type?: number | null;
  /** what is to be done */
  text?: string | null;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Before a task for a missed inbound or unanswered outbound call is made. Empty `data`: no task. */
export type ProcessTaskCreationParams = (input: ProcessTaskCreationParamsInput) => Answer<ProcessTaskCreationParamsData> | Promise<Answer<ProcessTaskCreationParamsData>>;

export type PostRegistrationInput = {
  /** everything that is known of the call */
  call_full: CallFull;
  /** 1, or more where an earlier run was cut short */
  attempt: number;
};
/** After everything of the call is confirmed by Kommo. */
export type PostRegistration = (input: PostRegistrationInput) => { state: string } | Promise<{ state: string }>;

export type ProcessOriginateParamsInput = {
  /** caller id of the call */
  caller_id: string;
  /** the employee's telephone */
  channel: string;
  /** context that dials the client */
  context: string;
  /** number that is dialled */
  extension: string;
  /** of the extension */
  priority: number;
  /** the request as it came */
  request_data: Record<string, unknown>;
  /** the same once more, for older scripts */
  params: {
    /** caller id of the call */
    caller_id: string;
    /** the employee's telephone */
    channel: string;
    /** context that dials the client */
    context: string;
    /** number that is dialled */
    extension: string;
    /** of the extension */
    priority: number;
    /** the request as it came */
    request_data: Record<string, unknown>;
  };
};
export type ProcessOriginateParamsData = {
  /** caller id of the call */
  caller_id?: string | null;
  /** the employee's telephone */
  channel?: string | null;
  /** context that dials the client */
  context?: string | null;
  /** number that is dialled */
  extension?: string | null;
  /** of the extension */
  priority?: number | null;
  /** the request as it came */
  request_data?: Record<string, unknown>;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Before a call is dialled from the CRM. Empty `data`: the dial is refused, and the user is told. */
export type ProcessOriginateParams = (input: ProcessOriginateParamsInput) => Answer<ProcessOriginateParamsData> | Promise<Answer<ProcessOriginateParamsData>>;

export type CustomizeAutodistributionInput = {
  /** extension of the employee, or empty */
  number: string;
  /** what the telephone shows, or empty */
  name: string;
  /** calling number */
  from: string;
  /** line that it came by */
  trunk: string;
  /** the request as it came */
  request_data: Record<string, unknown>;
  /** the card that was found */
  entity: unknown | null;
  /** why nobody was found, or empty */
  error: string;
};
export type CustomizeAutodistributionData = {
  /** an extension of the configuration */
  number: string;
  /** what the telephone shows; cut to 20 characters */
  name?: string;
  /** Other fields go on as they are. */
  [name: string]: unknown;
};
/** Whom the dialplan is told for a caller. Empty `data`: as if nobody was found. */
export type CustomizeAutodistribution = (input: CustomizeAutodistributionInput) => Answer<CustomizeAutodistributionData> | Promise<Answer<CustomizeAutodistributionData>>;
