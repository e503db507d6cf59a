/** The shape of the store: the migrations of all rooms, in order; whoever looks into a store needs them too. */
import { callSchema } from "../../calls/archive.ts";
import { heardSchema } from "../../calls/cel/heard.ts";
import { liveLogSchema } from "../../calls/live-log.ts";
import { customizationMigrations } from "../../customization/schema.ts";
import { directoryMigrations } from "../../directory/schema.ts";
import { kommoMigrations } from "../../kommo/oauth/token-rows.ts";
import { outboxMigrations } from "../../outbox/schema.ts";
import { recordingMigrations } from "../../recordings/schema.ts";
import type { Migration } from "../../store/store.ts";

/** A migration that was released stays where it is; a new one comes last. */
export const storeMigrations: readonly Migration[] = [
  callSchema,
  liveLogSchema,
  heardSchema,
  ...outboxMigrations,
  ...kommoMigrations,
  ...directoryMigrations,
  ...customizationMigrations,
  ...recordingMigrations,
];
