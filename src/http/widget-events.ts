/** GET /v1/events: the stream of a browser, opened with a ticket and read by fetch. */
import type { OutgoingHttpHeaders } from "node:http";
import type { RouteOptions } from "fastify";
import { answerRefused, originOf, ticketHolder, bearerOf, type CallerDeps } from "./callers.ts";
import type { EventHub, Told } from "./event-hub.ts";

export type WidgetEventsDeps = {
  readonly callers: CallerDeps;
  readonly hub: Pick<EventHub, "open">;
  /** What a user has to see at this moment. @param endsAt of the ticket, milliseconds since 1970 */
  readonly now: (user: number, endsAt: number) => readonly Told[];
};

export const widgetEventsRoute = ({ callers, hub, now }: WidgetEventsDeps): RouteOptions => ({
  method: "GET",
  url: "/v1/events",
  handler: (request, reply) => {
    const entered = ticketHolder(request, callers);
    if (!entered.ok) return answerRefused(reply, entered.failure);
    const { userId, endsAt } = entered.value;
    const [ticket, origin] = [bearerOf(request) ?? "", originOf(request)];
    const headers = reply.getHeaders() as OutgoingHttpHeaders;
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no", // nginx would hold it back
    });
    raw.flushHeaders();
    const isGood = (): boolean =>
      callers.findTicket(ticket, origin) !== undefined && callers.isActive(userId);
    hub.open(raw, { user: userId, isGood }, now(userId, endsAt));
    return reply;
  },
});
