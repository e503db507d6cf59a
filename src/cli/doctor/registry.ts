/** All checks, in the order in which they are shown: what others depend on comes first. */
import { altegioCheck } from "./altegio-check.ts";
import { amiExposureCheck } from "./ami-exposure-check.ts";
import { exchangesIn, type ExchangeView } from "../../config/exchange-views.ts";
import { succeeded } from "../../lib/failure.ts";
import { amiCheck } from "./ami-check.ts";
import { asteriskVersionCheck } from "./asterisk-version-check.ts";
import { certificateCheck } from "./certificate-check.ts";
import type { Check, DoctorContext } from "./check.ts";
import { clockCheck } from "./clock-check.ts";
import { configCheck } from "./config-check.ts";
import { customizationsCheck } from "./customizations-check.ts";
import { diallerCheck } from "./dialler-check.ts";
import { directoryCheck } from "./directory-check.ts";
import { diskCheck } from "./disk-check.ts";
import { eventsCheck } from "./events-check.ts";
import { extensionsCheck } from "./extensions-check.ts";
import { homeCountryCheck } from "./home-country-check.ts";
import { kommoCheck } from "./kommo-check.ts";
import { namedIdsCheck } from "./named-ids-check.ts";
import { phoneFieldCheck } from "./phone-field-check.ts";
import { publicAddressCheck } from "./public-address-check.ts";
import { publicReachCheck } from "./public-reach-check.ts";
import { queueCheck } from "./queue-check.ts";
import { recordingsCheck } from "./recordings-check.ts";
import { tokenCheck } from "./token-check.ts";
import { tokenRightsCheck } from "./token-rights-check.ts";
import { webhooksCheck } from "./webhooks-check.ts";

export const checks: readonly Check[] = [
  configCheck,
  diskCheck,
  clockCheck,
  amiCheck,
  diallerCheck,
  amiExposureCheck,
  asteriskVersionCheck,
  eventsCheck,
  extensionsCheck,
  kommoCheck,
  tokenCheck,
  tokenRightsCheck,
  phoneFieldCheck,
  namedIdsCheck,
  homeCountryCheck,
  directoryCheck,
  publicAddressCheck,
  publicReachCheck,
  certificateCheck,
  recordingsCheck,
  customizationsCheck,
  queueCheck,
  webhooksCheck,
  altegioCheck,
];

/** What is asked of each exchange by itself. */
const ofOneExchange: ReadonlySet<Check> = new Set([
  ...[clockCheck, amiCheck, diallerCheck, amiExposureCheck, asteriskVersionCheck],
  ...[eventsCheck, extensionsCheck, recordingsCheck],
]);

/** With several exchanges, those of one are there for each, under its name: "AMI berlin". */
export function checksFor({ loaded }: Pick<DoctorContext, "loaded">): readonly Check[] {
  if (!loaded.ok || loaded.value.config.exchanges.length === 0) return checks;
  const views = exchangesIn(loaded.value.config);
  const at = (check: Check, { name, config }: ExchangeView): Check => ({
    name: `${check.name} ${name ?? ""}`,
    run: (context) =>
      check.run({ ...context, exchangeName: name, loaded: succeeded({ ...loaded.value, config }) }),
  });
  return checks.flatMap((check) =>
    ofOneExchange.has(check) ? views.map((view) => at(check, view)) : [check],
  );
}
