/** The shape of the store: the migrations of all rooms, in order; whoever looks into a store needs them too. */
import { altegioMigrations } from "../../altegio/schema.ts";
import { callSchema } from "../../calls/archive.ts";
import { callFiguresSchema, figuresTodoSchema } from "../../calls/figures-schema.ts";
import { pastEventsSchema } from "../../calls/past-events.ts";
import { removedCallsSchema } from "../../calls/removed-calls.ts";
import { heardOfEachSchema, heardSchema } from "../../calls/cel/heard.ts";
import { liveLogSchema } from "../../calls/live-log.ts";
import { customizationMigrations } from "../../customization/schema.ts";
import { directoryMigrations } from "../../directory/schema.ts";
import { adminMigrations } from "../../http/admin/schema.ts";
import { kommoMigrations } from "../../kommo/oauth/token-rows.ts";
import { originateMigrations } from "../../originate/schema.ts";
import { outboxMigrations } from "../../outbox/schema.ts";
import { extensionMigrations } from "../../registration/extension-rows.ts";
import { recordingMigrations } from "../../recordings/schema.ts";
import { traceMigrations } from "../traces/schema.ts";
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
  ...originateMigrations,
  removedCallsSchema,
  ...adminMigrations,
  ...altegioMigrations,
  ...extensionMigrations,
  callFiguresSchema,
  ...traceMigrations,
  pastEventsSchema,
  figuresTodoSchema,
  heardOfEachSchema,
];
