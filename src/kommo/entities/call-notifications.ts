/** Popups of ringing calls in the employees' browsers. @source kommo-api, section 18.1 */
import type { JsonObject } from "../json.ts";

export const CALL_NOTIFICATIONS_PATH = "/api/v2/events";

export type Ringing = {
  readonly phone: string;
  /** Whom to show it to; nobody named would mean everyone, so at least one. */
  readonly userIds: readonly [number, ...number[]];
};

/** Several popups share a request. */
export const encodeCallNotifications = (ringing: readonly Ringing[]): JsonObject => ({
  add: ringing.map(({ phone, userIds }) => ({
    type: "phone_call",
    phone_number: phone,
    users: [...new Set(userIds)],
  })),
});
