/** Why a visit was not paid. By itself, since the panel in a browser is told the same. */
export type CheckoutRefusal =
  | "deleted"
  | "no_visit"
  | "sum_invalid"
  | "sum_too_large"
  | "sum_changed"
  | "no_account"
  | "answers_lost"
  /** Altegio's own words stand in the detail. */
  | "altegio_refused";
