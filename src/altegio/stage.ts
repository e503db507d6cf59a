/** To which stage an appointment's lead belongs. Exports `chooseStage`, pure. */
import type { Appointment, Attendance } from "./appointment.ts";
import { isClosed } from "./lead-choice.ts";

/** One line of the map; what is absent fits everything. The first that fits wins. */
export type StageRule = {
  readonly attendance?: Attendance;
  readonly deleted?: boolean;
  readonly paidFull?: boolean;
  readonly locations?: readonly string[];
  readonly staff?: readonly string[];
  readonly services?: readonly string[];
  /** Of services. */
  readonly categories?: readonly string[];
  /** Only leads that are in one of these pipelines now. */
  readonly pipelines?: readonly number[];
  /** Only leads that stand in one of these pairs of pipeline and status now. */
  readonly from?: readonly (readonly [number, number])[];
  /** Null: stays where it is. */
  readonly stage: { readonly pipelineId: number; readonly statusId: number } | null;
};

export type StageOptions = {
  readonly allowBackward: boolean;
  readonly reopenClosed: boolean;
  /** Statuses of a pipeline in the order of Kommo. */
  readonly orderOf: (pipelineId: number) => readonly number[];
};

export type StageChoice =
  | { readonly kind: "move"; readonly pipelineId: number; readonly statusId: number }
  | {
      readonly kind: "stay";
      readonly reason: "no_rule" | "told_to_stay" | "there_already" | "closed" | "backward";
    };

type Place = { readonly pipelineId: number; readonly statusId: number };

const stay = (reason: (StageChoice & { kind: "stay" })["reason"]): StageChoice => ({
  kind: "stay",
  reason,
});

/**
 * @param now where the lead is
 * @param isChosenClosed the search took a closed lead by a status named in the settings: it moves
 * @source altegio, sections 2.3 (A8, A9) and 3.1 (Q17)
 */
export function chooseStage(
  asked: {
    readonly appointment: Appointment;
    readonly isPaidFull: boolean;
    /** Of the appointment's services. */
    readonly categoryIds: readonly string[];
    readonly now: Place;
    readonly isChosenClosed?: boolean;
  },
  rules: readonly StageRule[],
  options: StageOptions,
): StageChoice {
  const { now } = asked;
  const rule = rules.find((one) => fits(one, asked));
  if (rule === undefined) return stay("no_rule");
  if (rule.stage === null) return stay("told_to_stay");
  const { pipelineId, statusId } = rule.stage;
  if (pipelineId === now.pipelineId && statusId === now.statusId) return stay("there_already");
  const isNowClosed = isClosed(now);
  if (isNowClosed && asked.isChosenClosed !== true && !options.reopenClosed) return stay("closed");
  if (!isNowClosed && !options.allowBackward && pipelineId === now.pipelineId) {
    const order = options.orderOf(pipelineId);
    const [from, to] = [order.indexOf(now.statusId), order.indexOf(statusId)];
    if (to !== -1 && to < from) return stay("backward");
  }
  return { kind: "move", pipelineId, statusId };
}

function fits(
  rule: StageRule,
  { appointment, isPaidFull, categoryIds, now }: Parameters<typeof chooseStage>[0],
): boolean {
  const isAmong = (list: readonly string[] | undefined, ids: readonly (string | undefined)[]) =>
    list === undefined || ids.some((id) => id !== undefined && list.includes(id));
  return (
    (rule.attendance === undefined || rule.attendance === appointment.attendance) &&
    (rule.deleted ?? false) === appointment.isDeleted &&
    (rule.paidFull === undefined || rule.paidFull === isPaidFull) &&
    isAmong(rule.locations, [appointment.locationId]) &&
    isAmong(rule.staff, [appointment.staff.id]) &&
    isAmong(
      rule.services,
      appointment.services.map(({ id }) => id),
    ) &&
    isAmong(rule.categories, categoryIds) &&
    (rule.from === undefined ||
      rule.from.some(
        ([pipeline, status]) => pipeline === now.pipelineId && status === now.statusId,
      )) &&
    (rule.pipelines === undefined || rule.pipelines.includes(now.pipelineId))
  );
}
