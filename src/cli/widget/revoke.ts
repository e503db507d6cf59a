/**
 * `asterisk-kommo widget revoke`: ends sessions of browsers, as after a lost laptop. The running daemon
 * does it; where none runs, the command itself.
 */
import { parseArgs } from "node:util";
import { systemClock } from "../../lib/clock.ts";
import type { Result } from "../../lib/failure.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { revoke, WIDGET_ASK } from "../dialling/revoke-answer.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { withStoreOrDaemon, type CommandFailure } from "../store-or-daemon.ts";
import type { StorePlace } from "../../store/open-store.ts";

export async function runWidgetRevoke(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      user: { type: "string" },
      all: { type: "boolean", default: false },
    },
  });
  const user = values.user === undefined ? undefined : Number(values.user);
  const isRight = values.all ? user === undefined : Number.isSafeInteger(user) && Number(user) > 0;
  if (!isRight) {
    err.write("asterisk-kommo widget revoke: give --user ID or --all; see: widget --help\n");
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const done = await revokeAnyhow(user, loaded.value.config.store);
  if (done.ok) out.write(`${done.value}\n`);
  else err.write(`asterisk-kommo widget revoke: ${done.failure.reason}; ${done.failure.hint}\n`);
  return done.ok ? 0 : 1;
}

const revokeAnyhow = (
  user: number | undefined,
  place: StorePlace,
): Promise<Result<string, CommandFailure>> =>
  withStoreOrDaemon({
    place,
    makesStore: false,
    ask: { ask: WIDGET_ASK, user: user ?? null },
    alone: (store) =>
      revoke(user, {
        keep: (statements) => store.write(statements),
        now: () => systemClock.now(),
        drop: () => undefined,
      }),
  });
