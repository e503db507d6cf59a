/**
 * What can go wrong between us and Kommo, each case with what to do next:
 * `later`: plainly not done, may be repeated; `after-operator`: not done, and pointless until someone
 * acts; `never`: refused for good; `after-look-up`: perhaps done, look before repeating.
 */
import { maskPhone } from "../lib/phone.ts";

/** One complaint of Kommo about one field of one element. */
export type FieldError = {
  /** The `request_id` of the element; undefined if Kommo did not name it. */
  readonly requestId: string | undefined;
  /** Dotted: "custom_fields_values.0.field_id". */
  readonly path: string;
  readonly code: string;
  readonly detail: string;
};

type Told = {
  /** What happened, for the log and the page; holds no token and no whole phone number. */
  readonly detail: string;
  /** What the operator can do, in plain English. */
  readonly hint: string;
};

export type KommoFailure = Told &
  (
    | {
        readonly kind: "rate-limited";
        readonly retry: "later";
        readonly retryAfterMs: number | undefined;
      }
    | { readonly kind: "unreachable"; readonly retry: "later" }
    /** The daemon stops, or nobody wants the answer any more; nothing was sent. */
    | { readonly kind: "given-up"; readonly retry: "later" }
    | { readonly kind: "token-revoked"; readonly retry: "after-operator" }
    | { readonly kind: "payment-required"; readonly retry: "after-operator" }
    /** 403 as a page: the address or the account is blocked. Repeating makes it worse. */
    | { readonly kind: "blocked"; readonly retry: "after-operator" }
    /** 403 as JSON: a right or a scope is missing. */
    | { readonly kind: "forbidden"; readonly retry: "after-operator"; readonly isScope: boolean }
    | { readonly kind: "moved"; readonly retry: "after-operator" }
    | {
        readonly kind: "rejected";
        readonly retry: "never";
        readonly status: number;
        readonly fields: readonly FieldError[];
        /** For `/calls`, whose refusals carry the numbers that no card has. */
        readonly body: unknown;
      }
    | { readonly kind: "not-found"; readonly retry: "never" }
    /** 504: part of a batch may be saved. */
    | { readonly kind: "gateway-timeout"; readonly retry: "after-look-up" }
    | {
        readonly kind: "server-error";
        readonly retry: "after-look-up";
        readonly status: number;
      }
    /** Sent, and the connection broke or the time was over before the whole answer was here. */
    | { readonly kind: "lost-answer"; readonly retry: "after-look-up" }
    | { readonly kind: "nonsense"; readonly retry: "after-look-up" }
  );

/** One line for logs and for the reason of a step. */
export const tellFailure = (failure: KommoFailure): string => `${failure.kind}: ${failure.detail}`;

/** A run of digits as long as this is taken for a phone number; Kommo's own ids have up to 8 digits. */
const PHONE_LIKE = /\+?\d(?:[\s().-]?\d){8,}/g;
/** A JWT, or any other unbroken run that is too long for a word. */
const TOKEN_LIKE = /[A-Za-z0-9_-]{40,}(\.[A-Za-z0-9_-]+)*/g;
const LONGEST_DETAIL = 300;

/** Words of the other side, made fit for a log: one line, cut, without phones and tokens. */
export const tidy = (text: string): string =>
  text
    .slice(0, 10 * LONGEST_DETAIL)
    .replace(/[\s\x00-\x1f\x7f]+/g, " ")
    .replace(TOKEN_LIKE, "…")
    .replace(PHONE_LIKE, maskPhone)
    .trim()
    .slice(0, LONGEST_DETAIL);
