// Every scenario of the lab.
import type { Scenario } from "../scenario.ts";
import { inbound } from "./inbound.ts";
import { lossOfTheExchange } from "./loss-of-the-exchange.ts";
import { outbound } from "./outbound.ts";
import { queuesAndGroups } from "./queues-and-groups.ts";
import { transfers } from "./transfers.ts";

export const scenarios: readonly Scenario[] = [
  ...inbound,
  ...queuesAndGroups,
  ...transfers,
  ...outbound,
  ...lossOfTheExchange,
];
