/** All checks, in the order in which they are shown: what others depend on comes first. */
import { amiCheck } from "./ami-check.ts";
import type { Check } from "./check.ts";
import { configCheck } from "./config-check.ts";
import { directoryCheck } from "./directory-check.ts";
import { diskCheck } from "./disk-check.ts";
import { extensionsCheck } from "./extensions-check.ts";
import { kommoCheck } from "./kommo-check.ts";
import { namedIdsCheck } from "./named-ids-check.ts";
import { publicAddressCheck } from "./public-address-check.ts";
import { publicReachCheck } from "./public-reach-check.ts";
import { recordingsCheck } from "./recordings-check.ts";
import { tokenCheck } from "./token-check.ts";
import { webhooksCheck } from "./webhooks-check.ts";

export const checks: readonly Check[] = [
  configCheck,
  diskCheck,
  amiCheck,
  extensionsCheck,
  kommoCheck,
  tokenCheck,
  namedIdsCheck,
  directoryCheck,
  publicAddressCheck,
  publicReachCheck,
  recordingsCheck,
  webhooksCheck,
];
