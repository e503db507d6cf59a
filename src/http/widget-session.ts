/**
 * POST /v1/widget/session: a one-time token becomes a ticket for reading. GET /v1/widget/settings: what
 * the test button of the widget's settings shows. GET /v1/widget/colleagues: to whom a call can go.
 */
import type { RouteOptions } from "fastify";
import {
  answerRefused,
  originOf,
  ticketHolder,
  usedToken,
  type CallerDeps,
  type TicketHolder,
} from "./callers.ts";
import type {
  ColleaguesAnswer,
  Features,
  SessionAnswer,
  SettingsAnswer,
  Telephone,
  UserRef,
} from "./widget-contract.ts";

export type WidgetSessionDeps = {
  readonly callers: CallerDeps;
  readonly giveTicket: (to: {
    readonly accountId: number;
    readonly userId: number;
    readonly isAdmin: boolean;
    readonly origin: string;
  }) => { readonly text: string; readonly ticket: Pick<TicketHolder, "endsAt"> };
  readonly user: (id: number) => UserRef;
  /** By Kommo's API, never by what a token says. */
  readonly isAdmin: (id: number) => boolean;
  readonly telephones: (user: number) => readonly Telephone[];
  readonly colleagues: (user: number) => ColleaguesAnswer["colleagues"];
  readonly features: () => Features;
  readonly exchange: () => SettingsAnswer["exchange"];
  readonly version: string;
};

export function widgetSessionRoutes(deps: WidgetSessionDeps): readonly RouteOptions[] {
  const userOf = (id: number): SessionAnswer["user"] => ({
    ...deps.user(id),
    is_admin: deps.isAdmin(id),
  });
  return [
    {
      method: "POST",
      url: "/v1/widget/session",
      handler: (request, reply) => {
        const entered = usedToken(request, deps.callers);
        if (!entered.ok) return answerRefused(reply, entered.failure);
        const { userId, accountId } = entered.value;
        const user = userOf(userId);
        const { text, ticket } = deps.giveTicket({
          ...{ accountId, userId, isAdmin: user.is_admin, origin: originOf(request) },
        });
        const answer: SessionAnswer = {
          ticket: text,
          expires_at: Math.floor(ticket.endsAt / 1_000),
          user,
          telephones: deps.telephones(userId),
          features: deps.features(),
        };
        return reply.header("cache-control", "no-store").send(answer);
      },
    },
    {
      method: "GET",
      url: "/v1/widget/settings",
      handler: (request, reply) => {
        const entered = usedToken(request, deps.callers);
        if (!entered.ok) return answerRefused(reply, entered.failure);
        const { userId, accountId } = entered.value;
        const answer: SettingsAnswer = {
          version: deps.version,
          account_id: accountId,
          user: userOf(userId),
          exchange: deps.exchange(),
          telephones: deps.telephones(userId),
          features: deps.features(),
        };
        return reply.header("cache-control", "no-store").send(answer);
      },
    },
    {
      method: "GET",
      url: "/v1/widget/colleagues",
      handler: (request, reply) => {
        const entered = ticketHolder(request, deps.callers);
        if (!entered.ok) return answerRefused(reply, entered.failure);
        const answer: ColleaguesAnswer = { colleagues: deps.colleagues(entered.value.userId) };
        return reply.header("cache-control", "no-store").send(answer);
      },
    },
  ];
}
