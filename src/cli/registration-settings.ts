/** What the configuration says about booking, in the words of the room `registration`. */
import type { Config } from "../config/keys.ts";
import type { Learnt, RegistrationSettings } from "../registration/settings.ts";

/** @param learnt read anew for each call: whoever learns something changes it in place */
export function registrationSettings(
  config: Omit<Config, "ami" | "kommo">,
  learnt?: Learnt,
): RegistrationSettings {
  const { names, task, responsible } = config;
  return {
    users: config.users,
    employees: config.employees,
    unknownExtension: config.unknown_extension,
    unknownClient: config.unknown_client,
    missedCallTask: config.missed_call_task,
    ignoreShorterThanSeconds: config.ignore_shorter_than_seconds,
    durationOf: config.duration_of,
    language: config.language,
    names: {
      source: names.source,
      serviceCode: names.service_code,
      sourceName: names.source_name,
      tag: names.tag,
      contact: names.contact,
      lead: names.lead,
    },
    task: {
      typeId: task.type_id,
      deadlineMinutes: task.deadline_minutes,
      workingHours: task.working_hours,
      text: task.text,
    },
    responsible: {
      missed: responsible.missed,
      existingCard: responsible.existing_card,
      defaultUser: responsible.default_user,
    },
    register: config.register,
    numbers: config.numbers,
    rules: config.rules,
    workingHours: config.working_hours,
    timeZone: config.time_zone === "local" ? undefined : config.time_zone,
    learnt,
  };
}
