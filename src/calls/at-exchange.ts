/**
 * What leaves one of several exchanges: calls, stages and views with the exchange before their ids and
 * extensions (lib/exchange-names.ts). The call model itself knows one exchange, and its own names.
 */
import { nameAt } from "../lib/exchange-names.ts";
import type { LiveStage } from "./fact.ts";
import type { FinishedCall } from "./finished-call.ts";
import type { LiveView } from "./live-view.ts";

type Exchange = string | undefined;

export function callAt(exchange: Exchange, call: FinishedCall): FinishedCall {
  if (exchange === undefined) return call;
  const { mergedLinkedIds, answeredBy } = call;
  return {
    ...call,
    linkedId: nameAt(exchange, call.linkedId),
    ...(mergedLinkedIds === undefined
      ? {}
      : { mergedLinkedIds: mergedLinkedIds.map((id) => nameAt(exchange, id)) }),
    answeredBy: answeredBy === undefined ? undefined : nameAt(exchange, answeredBy),
    conversations: call.conversations.map((part) => ({
      ...part,
      extension: nameAt(exchange, part.extension),
    })),
    stages: call.stages.map((fact) => withExtension(exchange, fact)),
  };
}

export const stageAt = (exchange: Exchange, stage: LiveStage): LiveStage =>
  exchange === undefined
    ? stage
    : withExtension(exchange, { ...stage, linkedId: nameAt(exchange, stage.linkedId) });

export const viewAt = (exchange: Exchange, view: LiveView): LiveView =>
  exchange === undefined
    ? view
    : {
        ...view,
        linkedId: nameAt(exchange, view.linkedId),
        parts: view.parts.map((part) => withExtension(exchange, part)),
      };

const withExtension = <T extends Pick<LiveStage, "extension">>(exchange: Exchange, told: T): T =>
  told.extension === undefined ? told : { ...told, extension: nameAt(exchange, told.extension) };
