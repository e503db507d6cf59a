/**
 * The admin page in the daemon: its routes for the local listener, and a look into the store of its own,
 * so that a long question keeps nobody waiting. Exports `createAdminService`.
 */
import type { LiveView } from "../calls/live-view.ts";
import type { Customizations } from "../customization/customizations.ts";
import type { Directory } from "../directory/directory.ts";
import { createGuarded } from "../http/admin/guarded.ts";
import { tokenIn } from "../http/admin/cookie.ts";
import { adminRoutes } from "../http/admin/admin-routes.ts";
import { liveRoute } from "../http/admin/live-route.ts";
import { createLoginTries } from "../http/admin/login-tries.ts";
import { addAudit, forgetAuditUntil, forgetSessionsUntil } from "../http/admin/schema.ts";
import { createSessions } from "../http/admin/sessions.ts";
import type { FastifyRoute } from "../http/create-server.ts";
import type { KommoClient } from "../kommo/client.ts";
import type { Logger } from "../lib/log.ts";
import { createRedactor } from "../lib/redact.ts";
import { zoneOf } from "../registration/settings.ts";
import type { Statement, Store } from "../store/store.ts";
import { createAnswers, type AnswersDeps } from "./admin/answers.ts";
import { createExaminer } from "./admin/examine.ts";
import { createLiveFeed } from "./admin/live-feed.ts";
import type { Lookout } from "./admin/lookout.ts";
import { createNames } from "./admin/names.ts";
import { createScripts } from "./admin/scripts.ts";
import { createStatus } from "./admin/status.ts";

export type AdminService = {
  readonly routes: readonly FastifyRoute[];
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type AdminServiceDeps = Pick<
  AnswersDeps,
  | "config"
  | "origin"
  | "settings"
  | "users"
  | "telephones"
  | "listenTo"
  | "resend"
  | "clock"
  | "extensions"
> & {
  /** What its addresses begin with: "" or "/acme". */
  readonly path: string;
  readonly lookout: Lookout;
  readonly secrets: readonly string[];
  readonly store: Pick<Store, "read">;
  /** For long questions. */
  readonly reader: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly exchanges: Parameters<typeof createStatus>[0]["exchanges"];
  readonly live: (most: number) => readonly LiveView[];
  readonly running: () => number;
  readonly outbox: Parameters<typeof createStatus>[0]["outbox"];
  readonly directory: Pick<Directory, "find">;
  readonly customizations: Pick<Customizations, "list" | "run">;
  readonly client: KommoClient;
  readonly logger: Logger;
};

/** Who looked at what is known for a year. */
const KEEP_AUDIT_MS = 366 * 86_400_000;

export function createAdminService(deps: AdminServiceDeps): AdminService {
  const { config, settings, clock, keep, store } = deps;
  const now = (): number => clock.now();
  const names = createNames(settings);
  const { minutes, halted, lastRuns } = deps.lookout;
  const { customizations } = config;
  const scripts = createScripts({
    ...{ folder: customizations.path, off: customizations.off, settings, lastRuns },
    customizations: deps.customizations,
  });
  const examiner = createExaminer(deps);
  const feed = createLiveFeed({
    ...{ view: deps.live, find: (phone) => deps.directory.find(phone), nameOf: names.nameOf },
    unknownClient: () => settings.unknownClient,
  });
  const sessions = createSessions({ store, keep, now });
  const audit = async (row: Omit<Parameters<typeof addAudit>[0], "at">): Promise<void> =>
    void (await keep([addAudit({ ...row, at: now() })]));
  const guarded = createGuarded({ sessions, audit });
  const live = liveRoute({
    guarded,
    watch: feed.watch,
    status: createStatus({ ...deps, halted, timeZone: () => zoneOf(settings) }),
    isStillIn: async (cookie) => (await sessions.find(tokenIn(cookie))) !== undefined,
  });
  const answers = createAnswers({
    ...{ ...deps, names, halted, minutes, examiner, scripts },
    redactor: createRedactor(deps.secrets),
  });

  return {
    routes: adminRoutes({
      ...{ path: deps.path, guarded, answers, live: live.route, sessions, audit },
      language: config.language,
      tries: createLoginTries(() => clock.monotonicMs()),
    }),
    async start() {
      minutes.start();
      await keep([forgetSessionsUntil(now()), forgetAuditUntil(now() - KEEP_AUDIT_MS)]);
    },
    async stop() {
      live.stop();
      feed.stop();
      examiner.stop();
      await minutes.stop();
    },
  };
}
