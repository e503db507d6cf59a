/** Formats of the keys that name customizations. */
import type { HookName } from "../customization/contract/hooks.ts";
import { wholeNumberFrom, type Format } from "./formats.ts";
import { formatOf, listOf, mapOf, shapeOf, textThat, type Shape } from "./shapes.ts";

const NAMES: Readonly<Record<HookName, true>> = {
  need_registration: true,
  process_client_phone: true,
  process_contact_creation_params: true,
  process_lead_creation_params: true,
  process_unsorted_creation_params: true,
  process_record_file_path: true,
  process_call_params: true,
  process_contact_update_params: true,
  process_lead_update_params: true,
  process_task_creation_params: true,
  post_registration: true,
  process_originate_params: true,
  customize_autodistribution: true,
};

const isName = (text: string): boolean => Object.hasOwn(NAMES, text);

const name: Shape<HookName> = textThat(
  'the name of a customization, as "process_client_phone"',
  (text) => (isName(text) ? undefined : "is no customization"),
) as Shape<HookName>;

export const hookNames: Format<readonly HookName[]> = formatOf(
  listOf(name, `a list of customizations, each ${name.expects}`),
);

/** @source Asterisk: a name is letters, digits and underscores; leading ones say who inherits it */
const variable: Shape<string> = textThat(
  'the name of a channel variable without leading underscores, as "CAMPAIGN"',
  (text) => (/^[A-Za-z][A-Za-z0-9_]{0,79}$/.test(text) ? undefined : "is no such name"),
);

export const variableNames: Format<readonly string[]> = formatOf(
  listOf(variable, `a list, each ${variable.expects}`),
);

export const limitsByHook: Format<ReadonlyMap<string, number>> = formatOf(
  mapOf(shapeOf(wholeNumberFrom(100, 600_000)), {
    expects: 'milliseconds by customization, as { "process_client_phone": 500 }',
    names: isName,
  }),
);
