/** Whether contacts of the account have the field PHONE, by which clients are found and made. */
import { readPhoneField } from "../../kommo/read-phone-field.ts";
import { checkWithConfig, type Check } from "./check.ts";

export const phoneFieldCheck: Check = checkWithConfig("field PHONE", async (config, context) => {
  if (!context.hasAccessToken) return { status: "skipped", sentence: "needs a token" };
  const field = await readPhoneField(context.kommo(config), context.signal);
  if (!field.ok) {
    const sentence = `the account's fields cannot be read: ${field.failure.detail}`;
    return { status: "warning", sentence, remedy: field.failure.hint };
  }
  if (field.value !== undefined)
    return { status: "ok", sentence: `contacts have it (${field.value})` };
  return {
    status: "failed",
    sentence: "contacts of this account have no field with the code PHONE",
    remedy:
      "restore the field Phone of contacts in Kommo (a contact's card, Set up); without it no client is found",
  };
});
