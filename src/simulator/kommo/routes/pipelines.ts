/**
 * /leads/pipelines and their stages: read by everyone, changed by administrators.
 * @source kommo-api, sections 0 and 12
 */
import { LOST, mainPipeline, WON } from "../state/account.ts";
import type { Pipeline, Status } from "../state/account.ts";
import { addPipeline } from "../state/new-account.ts";
import { forbidden, noContent, notFound, ok, problem } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import {
  numberParam,
  patchedOne,
  route,
  selfLink,
  withBatch,
  withObject,
  written,
} from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { withWords } from "../wire/query.ts";
import { atLeast, filledText, flag, integer, object, text } from "../wire/rule.ts";

const MOST_PIPELINES = 50;
const MOST_STAGES = 100;

const shownStatus = (exchange: Exchange, pipeline: Pipeline, status: Status): object => ({
  ...status,
  is_editable: status.type === 0 && status.sort < 10_000,
  pipeline_id: pipeline.id,
  account_id: exchange.account.id,
  ...(withWords(exchange.query).has("descriptions") ? { descriptions: [] } : {}),
  _links: selfLink(exchange, `/leads/pipelines/${pipeline.id}/statuses/${status.id}`),
});

const shownPipeline = (exchange: Exchange, pipeline: Pipeline): object => ({
  id: pipeline.id,
  name: pipeline.name,
  sort: pipeline.sort,
  is_main: pipeline.id === mainPipeline(exchange.account).id,
  is_unsorted_on: pipeline.is_unsorted_on,
  is_archive: false,
  account_id: exchange.account.id,
  _links: selfLink(exchange, `/leads/pipelines/${pipeline.id}`),
  _embedded: { statuses: pipeline.statuses.map((one) => shownStatus(exchange, pipeline, one)) },
});

const pipelineOf = (exchange: Exchange): Pipeline | undefined =>
  exchange.account.pipelines.get(numberParam(exchange));

const listPipelines = (exchange: Exchange): Answer => {
  const pipelines = [...exchange.account.pipelines.values()];
  return ok({
    _total_items: pipelines.length,
    _links: { self: { href: exchange.base + exchange.target } },
    _embedded: { pipelines: pipelines.map((one) => shownPipeline(exchange, one)) },
  });
};

function getPipeline(exchange: Exchange): Answer {
  const pipeline = pipelineOf(exchange);
  return pipeline === undefined ? notFound : ok(shownPipeline(exchange, pipeline));
}

function listStatuses(exchange: Exchange): Answer {
  const pipeline = pipelineOf(exchange);
  if (pipeline === undefined) return notFound;
  const statuses = pipeline.statuses.map((one) => shownStatus(exchange, pipeline, one));
  return ok({
    _total_items: statuses.length,
    _links: { self: { href: exchange.base + exchange.target } },
    _embedded: { statuses },
  });
}

function getStatus(exchange: Exchange): Answer {
  const pipeline = pipelineOf(exchange);
  const status = pipeline?.statuses.find(({ id }) => id === numberParam(exchange, 1));
  return pipeline === undefined || status === undefined
    ? notFound
    : ok(shownStatus(exchange, pipeline, status));
}

const stageFields = { sort: atLeast(0), color: text, request_id: text };
const pipelineFields = {
  sort: atLeast(0),
  is_main: flag,
  is_unsorted_on: flag,
  request_id: text,
};
const newStageRule = object({ name: filledText }, stageFields);
const newPipelineRule = object({ name: filledText }, pipelineFields);

/** A new pipeline has the stages that every one has. */
const addPipelines = (exchange: Exchange): Answer =>
  withBatch(exchange, { rule: newPipelineRule }, (items) => {
    const { account } = exchange;
    if (account.pipelines.size + items.length > MOST_PIPELINES) return tooMany(MOST_PIPELINES);
    const made = items.map(({ item, requestId }) => {
      const id = Math.max(...account.pipelines.keys()) + 1;
      const added = addPipeline(account, { id, name: item.name });
      const pipeline = change(exchange, added, item);
      return { ...shownPipeline(exchange, pipeline), request_id: requestId };
    });
    return written(exchange, "pipelines", made);
  });

const tooMany = (most: number): Answer => problem(400, `There can not be more than ${most}`);

type Changed = {
  readonly name?: string;
  readonly sort?: number;
  readonly is_main?: boolean;
  readonly is_unsorted_on?: boolean;
};

/** One pipeline alone is the main one. */
function change({ account }: Exchange, pipeline: Pipeline, changed: Changed): Pipeline {
  const { name, sort, is_main, is_unsorted_on } = changed;
  if (is_main === true) {
    for (const [id, other] of account.pipelines) {
      account.pipelines.set(id, { ...other, is_main: false });
    }
  }
  const after: Pipeline = {
    ...pipeline,
    name: name ?? pipeline.name,
    sort: sort ?? pipeline.sort,
    is_main: is_main ?? pipeline.is_main,
    is_unsorted_on: is_unsorted_on ?? pipeline.is_unsorted_on,
  };
  account.pipelines.set(after.id, after);
  return after;
}

function changePipeline(exchange: Exchange): Answer {
  const pipeline = pipelineOf(exchange);
  if (pipeline === undefined) return notFound;
  const rule = object({}, { ...pipelineFields, name: filledText, id: integer });
  return withObject(exchange, rule, (item) =>
    patchedOne(exchange, "pipelines", shownPipeline(exchange, change(exchange, pipeline, item))),
  );
}

function removePipeline(exchange: Exchange): Answer {
  const pipeline = pipelineOf(exchange);
  if (pipeline === undefined) return notFound;
  const { account } = exchange;
  const isUsed = account.cards.leads
    .values()
    .some((lead) => lead.pipeline_id === pipeline.id && !lead.is_deleted);
  if (isUsed || pipeline.id === mainPipeline(account).id) {
    return problem(400, "The pipeline has leads, or is the main one");
  }
  account.pipelines.delete(pipeline.id);
  return noContent;
}

function addStages(exchange: Exchange): Answer {
  const pipeline = pipelineOf(exchange);
  if (pipeline === undefined) return notFound;
  return withBatch(exchange, { rule: newStageRule }, (items) => {
    if (pipeline.statuses.length + items.length > MOST_STAGES) return tooMany(MOST_STAGES);
    const made = items.map(({ item, requestId }) => ({
      requestId,
      status: {
        id: 90_000_000 + exchange.account.nextId.others++,
        name: item.name,
        sort: item.sort ?? 40,
        color: item.color ?? "#99ccff",
        type: 0,
      } satisfies Status,
    }));
    const statuses = [...pipeline.statuses, ...made.map(({ status }) => status)];
    keepStages(exchange, pipeline, statuses);
    const shown = made.map(({ status, requestId }) => ({
      ...shownStatus(exchange, pipeline, status),
      request_id: requestId,
    }));
    return written(exchange, "statuses", shown);
  });
}

function keepStages({ account }: Exchange, pipeline: Pipeline, statuses: readonly Status[]): void {
  const inOrder = statuses.toSorted((one, other) => one.sort - other.sort);
  account.pipelines.set(pipeline.id, { ...pipeline, statuses: inOrder });
}

/** The stages that every pipeline has stay as they are. */
function ownStage(exchange: Exchange): { pipeline: Pipeline; status: Status } | Answer {
  const pipeline = pipelineOf(exchange);
  const status = pipeline?.statuses.find(({ id }) => id === numberParam(exchange, 1));
  if (pipeline === undefined || status === undefined) return notFound;
  const isFixed = status.type === 1 || status.id === WON || status.id === LOST;
  return isFixed ? problem(400, "This stage can not be changed") : { pipeline, status };
}

function changeStage(exchange: Exchange): Answer {
  const own = ownStage(exchange);
  if (!("pipeline" in own)) return own;
  const { pipeline, status } = own;
  const rule = object({}, { ...stageFields, name: filledText, id: integer });
  return withObject(exchange, rule, ({ name, sort, color }) => {
    const after: Status = {
      ...status,
      name: name ?? status.name,
      sort: sort ?? status.sort,
      color: color ?? status.color,
    };
    const statuses = pipeline.statuses.map((one) => (one === status ? after : one));
    keepStages(exchange, pipeline, statuses);
    return patchedOne(exchange, "statuses", shownStatus(exchange, pipeline, after));
  });
}

function removeStage(exchange: Exchange): Answer {
  const own = ownStage(exchange);
  if (!("pipeline" in own)) return own;
  const { pipeline, status } = own;
  keepStages(
    exchange,
    pipeline,
    pipeline.statuses.filter((one) => one !== status),
  );
  return noContent;
}

const adminOnly =
  (handle: Route["handle"]): Route["handle"] =>
  (exchange) =>
    exchange.user.isAdmin ? handle(exchange) : forbidden();

const BASE = "/api/v4/leads/pipelines";
export const pipelineRoutes: readonly Route[] = [
  route("GET", BASE, listPipelines),
  route("POST", BASE, adminOnly(addPipelines)),
  route("GET", `${BASE}/:id`, getPipeline),
  route("PATCH", `${BASE}/:id`, adminOnly(changePipeline)),
  route("DELETE", `${BASE}/:id`, adminOnly(removePipeline)),
  route("GET", `${BASE}/:id/statuses`, listStatuses),
  route("POST", `${BASE}/:id/statuses`, adminOnly(addStages)),
  route("GET", `${BASE}/:id/statuses/:id`, getStatus),
  route("PATCH", `${BASE}/:id/statuses/:id`, adminOnly(changeStage)),
  route("DELETE", `${BASE}/:id/statuses/:id`, adminOnly(removeStage)),
];
