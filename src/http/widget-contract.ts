/**
 * What the widget in the browser and the daemon say to each other on `public_http`: every request,
 * answer, refusal and event. Types only, so that both sides are held to the same words.
 *
 * Who asks is proven in one of three ways:
 * - `X-Auth-Token`: Kommo's one-time token (`$authorizedAjax`), a fresh one for each request. Needed
 *   for whatever acts: session, originate, call, extensions, settings.
 * - `Authorization: Bearer TICKET`: the ticket that a session gave. Enough for whatever only reads:
 *   events, colleagues, the state of a dial. Never in an address.
 * - `Authorization: Bearer API_KEY`: programs, for originate and the state of a dial.
 *
 * A browser's request bears an `Origin` of the account's own address or of `public_http.origins`; any
 * other is refused with 403 and no CORS headers. Bodies are JSON of at most 16 kB. Every time is in
 * whole Unix seconds. Texts from cards and the exchange are data, to be shown as text.
 */

export type WidgetPaths = {
  /** POST SessionRequest → 200 SessionAnswer. One-time token. */
  readonly session: "/v1/widget/session";
  /** POST OriginateRequest → 202 OriginateAnswer. One-time token or API key. */
  readonly originate: "/v1/originate";
  /** GET `/v1/widget/dials/{id}` → 200 DialProgress. Ticket or API key of the same user. */
  readonly dials: "/v1/widget/dials/";
  /** GET → server-sent events, see WidgetEvents. Ticket. */
  readonly events: "/v1/events";
  /** POST CallRequest → 200 CallAnswer. One-time token. */
  readonly call: "/v1/widget/call";
  /** GET → 200 ColleaguesAnswer. Ticket. */
  readonly colleagues: "/v1/widget/colleagues";
  /** GET → 200 SettingsAnswer: what the test button shows. One-time token. */
  readonly settings: "/v1/widget/settings";
  /** POST ExtensionsRequest → 200 ExtensionsAnswer. One-time token of an administrator. */
  readonly extensions: "/v1/widget/extensions";
};

/** Every answer that is not a success: 4xx or 5xx with this body. */
export type Refusal = {
  readonly error: RefusalCode;
  /** One English sentence for the person at the screen; the widget has its own words for `error`. */
  readonly reason: string;
  /** With 429 and 503: when it is worth trying again. */
  readonly retry_after_seconds?: number;
};

export type RefusalCode =
  /** 401: missing, wrong, expired, of another account, or used already. Ask Kommo for a new one. */
  | "token_refused"
  /** 401: missing, expired or revoked. Ask for a new session. */
  | "ticket_refused"
  /** 401 */
  | "key_refused"
  /** 403: this page's address is not in the list. */
  | "origin_refused"
  /** 403: Kommo shows no active user with this id. */
  | "user_unknown"
  /** 403: the API key is not for this user. */
  | "user_not_allowed"
  /** 403: only an administrator of the account may do this. */
  | "not_admin"
  /** 404: dialling from Kommo is not set up on this exchange. */
  | "dialling_off"
  /** 403: the AMI user has not the right, or the panel is not switched on. */
  | "call_panel_off"
  /** 400: the body is no such JSON. */
  | "request_invalid"
  /** 400: letters, control characters, too short or too long. Nothing was sent. */
  | "phone_invalid"
  /** 403: no pattern allows it (premium, international), or a script refused it. */
  | "phone_forbidden"
  /** 409: no extension stands for this user. */
  | "no_extension"
  /** 403: the chosen extension is somebody else's. */
  | "extension_not_yours"
  /** 409: "your telephone is not connected". */
  | "telephone_not_connected"
  /** 409: each of the user's telephones is in a call. */
  | "telephone_busy"
  /** 409: the same number is being dialled for this user. */
  | "already_dialling"
  /** 422: the same Idempotency-Key came with another request. */
  | "key_reused"
  /** 403: cancelled by customization process_originate_params. */
  | "cancelled_by_customization"
  /** 429 */
  | "too_many"
  /** 503: no connection to Asterisk, or Kommo has not said yet what has to be known. */
  | "exchange_unavailable"
  /** 502: Asterisk refused the request: a right is missing, or there is no such context. */
  | "exchange_refused"
  /** 404: no such running call of this user, no such dial. */
  | "not_found"
  /** 409: another user has the extension (extension list), or nobody (transfer). */
  | "extension_taken"
  | "extension_unknown"
  /** 500 */
  | "internal";

export type CardRef = { readonly type: "leads" | "contacts" | "companies"; readonly id: number };

export type UserRef = { readonly id: number; readonly name: string };

export type TelephoneState = "idle" | "ringing" | "in_use" | "not_connected" | "unknown";

export type Telephone = { readonly extension: string; readonly state: TelephoneState };

export type Features = {
  /** There is an exchange. Without one there are no telephones and nothing to dial with. */
  readonly telephony: boolean;
  /** Numbers can be dialled at all. */
  readonly originate: boolean;
  /** Hang up and transfer. */
  readonly call_panel: boolean;
  /** Appointments of Altegio on lead cards: see altegio-contract.ts. */
  readonly altegio: boolean;
};

// --- POST /v1/widget/session

/** May be an empty object. */
export type SessionRequest = { readonly widget_version?: string };

export type SessionAnswer = {
  /** 43 characters; good for the Origin that asked for it only. */
  readonly ticket: string;
  readonly expires_at: number;
  readonly user: UserRef & { readonly is_admin: boolean };
  /** The user's own, in the order in which they are tried. */
  readonly telephones: readonly Telephone[];
  readonly features: Features;
};

// --- POST /v1/originate

export type OriginateRequest = {
  /** As it stands on the card; cleaned by the daemon. At most 64 characters. */
  readonly phone: string;
  /** The card on which the call is to be booked. */
  readonly card?: CardRef | null;
  /** One of the user's own; else the first that is connected and idle. */
  readonly extension?: string;
  /** Only with an API key: for whom. A one-time token says it itself. */
  readonly user_id?: number;
};
// Header `Idempotency-Key` (16 to 64 letters, digits, - and _): a repeat gets the first answer again.

export type OriginateAnswer = {
  /** Names this dial in `dial` events. */
  readonly id: string;
  readonly extension: string;
  /** The number as it is dialled, after the rules. */
  readonly phone: string;
};

export type DialState =
  /** Asterisk has the request. */
  | "requested"
  /** Your telephone rings: pick up. */
  | "telephone_rings"
  /** You have picked up; the client is being dialled. */
  | "dialling"
  /** The client's telephone rings. */
  | "client_rings"
  | "talking"
  /** Final ones: */
  | "you_did_not_answer"
  | "telephone_not_connected"
  | "busy"
  | "no_answer"
  /** You hung up before the client answered. */
  | "cancelled"
  /** The exchange or the line refused, or the number does not exist: see `reason`. */
  | "failed"
  /** A talk that is over. */
  | "ended"
  /** The connection to Asterisk was lost meanwhile, or the outcome was never told. */
  | "unknown";

export type DialProgress = {
  readonly id: string;
  readonly state: DialState;
  readonly is_final: boolean;
  readonly phone: string;
  readonly extension: string;
  readonly card: CardRef | null;
  /** With "failed": "number_unknown" | "no_line" | "refused"; else null. */
  readonly reason: "number_unknown" | "no_line" | "refused" | null;
  /** Names the call in other events, as soon as there is one. */
  readonly call: string | null;
  readonly at: number;
  /** With "ended": how long they talked. */
  readonly talk_seconds: number | null;
};

// --- GET /v1/events

/**
 * `event: NAME`, `data: JSON` in one line, an empty line. A comment line comes every 15 s: after 45 s
 * of silence the stream is dead. After `hello` everything that goes on now is told again, so whoever
 * re-opens the stream forgets what it showed. There are no event ids.
 */
export type WidgetEvents = {
  readonly hello: HelloEvent;
  /** Sent again when more is known or somebody else rings too: replaces the card of the same call. */
  readonly ringing: RingingEvent;
  readonly closed: ClosedEvent;
  /** The user's own talk, in whatever direction: for the call panel. */
  readonly talk: TalkEvent;
  readonly dial: DialProgress;
  /** A state of one of the user's telephones has changed. */
  readonly telephones: { readonly telephones: readonly Telephone[] };
  /** The stream ends, and a new one needs a new session ("ticket") or only a pause. */
  readonly bye: { readonly because: "ticket" | "too_slow" | "stopping" | "too_many" };
};

export type HelloEvent = {
  readonly ticket_expires_at: number;
  readonly features: Features;
  readonly telephones: readonly Telephone[];
};

export type RingingEvent = {
  readonly call: string;
  /** Yours that rings. */
  readonly extension: string;
  /** null: withheld. */
  readonly phone: string | null;
  /** Which of your numbers was called. */
  readonly did: string | null;
  readonly queue: string | null;
  readonly at: number;
  /** null: nobody with this number is known here. */
  readonly client: {
    readonly card: CardRef;
    readonly name: string;
    readonly responsible: UserRef | null;
  } | null;
  /** Open ones, the oldest first; at most 10. */
  readonly leads: readonly {
    readonly id: number;
    readonly name: string;
    readonly responsible: UserRef | null;
  }[];
  /** Open ones of client and leads, the most urgent first; at most 10. null: not known (yet). */
  readonly tasks:
    | readonly {
        readonly id: number;
        readonly text: string;
        readonly due_at: number;
        readonly card: CardRef | null;
        readonly responsible: UserRef | null;
      }[]
    | null;
  /** Whose telephones ring too. */
  readonly others: readonly { readonly user: UserRef | null; readonly extension: string }[];
};

export type ClosedEvent = {
  readonly call: string;
  readonly because: "answered_by_you" | "answered_by_other" | "client_gave_up" | "not_answered";
  /** With "answered_by_other". */
  readonly by: { readonly user: UserRef | null; readonly extension: string } | null;
};

export type TalkEvent = {
  readonly call: string;
  readonly state: "talking" | "ended";
  readonly direction: "inbound" | "outbound" | "internal";
  readonly extension: string;
  readonly phone: string | null;
  readonly client: { readonly card: CardRef; readonly name: string } | null;
  /** Since when they talk; with "ended": when it ended. */
  readonly at: number;
};

// --- POST /v1/widget/call

export type CallRequest = {
  /** As events name it. */
  readonly call: string;
  readonly action:
    | { readonly kind: "hang_up" }
    /** Blind: the client rings there, you are out. */
    | { readonly kind: "transfer"; readonly to: string };
};

export type CallAnswer = { readonly done: true };

// --- GET /v1/widget/colleagues

export type ColleaguesAnswer = {
  readonly colleagues: readonly {
    readonly user: UserRef | null;
    readonly extension: string;
    readonly state: TelephoneState;
  }[];
};

// --- GET /v1/widget/settings

export type SettingsAnswer = {
  readonly version: string;
  readonly account_id: number;
  readonly user: UserRef & { readonly is_admin: boolean };
  readonly exchange: "connected" | "not_connected";
  readonly telephones: readonly Telephone[];
  readonly features: Features;
};

// --- POST /v1/widget/extensions

export type ExtensionsRequest = {
  /** User id → extension, as Kommo's field of type `users` has them; an empty text: none. */
  readonly extensions: Readonly<Record<string, string>>;
};

export type ExtensionsAnswer = {
  /** What became of each entry. */
  readonly entries: readonly {
    readonly user_id: number;
    readonly extension: string;
    readonly outcome:
      | "kept"
      /** The configuration file names one for this user, and goes before. */
      | "configured"
      | "extension_taken"
      | "extension_unknown"
      | "user_unknown"
      | "removed";
  }[];
};
