/** The Originate of a dial: as the configuration has it, and as a customization may change it. Pure. */
import type { AmiAction } from "../ami/action.ts";
import type { RunResult } from "../customization/run-result.ts";

export type OriginateSettings = {
  readonly context: string;
  /** Which a customization may choose beside it. */
  readonly otherContexts: readonly string[];
  /** "auto", or a template with {extension}. */
  readonly channel: string;
  /** A template with {phone}. */
  readonly callerId: string;
  readonly ringMs: number;
};

export type Originate = {
  readonly channel: string;
  readonly context: string;
  readonly number: string;
  readonly priority: number;
  readonly callerId: string;
};

/** "cancelled": the script wants no call. */
export type Customized = Originate | "cancelled";

export type OriginatePlan = {
  readonly ringMs: number;
  /** @param asked.device what the exchange says can be dialled for the extension: "PJSIP/101" */
  originate(asked: {
    readonly extension: string;
    readonly number: string;
    readonly device: string | undefined;
  }): Originate;
  /** What process_originate_params is given. @source customizations.md */
  inputOf(
    wanted: Originate,
    request: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>>;
  /** Its answer; what cannot be dialled is left as it was. */
  customized(wanted: Originate, result: RunResult): Customized;
};

const CHANNEL = /^[A-Za-z][A-Za-z0-9]{0,20}\/[\w.@-]{1,80}(?:\/[\w.@-]{1,80}){0,2}$/;
const NUMBER = /^[0-9*#+]{1,40}$/;
const CALLER_ID = /^[^\\;$\x00-\x1f\x7f-\x9f\u2028\u2029]{1,100}$/;

export function createOriginatePlan(settings: OriginateSettings): OriginatePlan {
  const contexts = new Set([settings.context, ...settings.otherContexts]);

  return {
    ringMs: settings.ringMs,
    originate({ extension, number, device }) {
      const template =
        settings.channel === "auto" ? (device ?? `PJSIP/${extension}`) : settings.channel;
      return {
        channel: template.replaceAll("{extension}", extension),
        context: settings.context,
        number,
        priority: 1,
        callerId: callerIdOf(settings.callerId, number),
      };
    },
    inputOf(wanted, request) {
      const params = {
        caller_id: wanted.callerId,
        channel: wanted.channel,
        context: wanted.context,
        extension: wanted.number,
        priority: wanted.priority,
        request_data: request,
      };
      return { ...params, params };
    },
    customized(wanted, result) {
      if (result.kind === "cancelled") return "cancelled";
      if (result.kind !== "answered") return wanted;
      const text = (name: string, fits: (value: string) => boolean, usual: string): string => {
        const value = result.data[name];
        return typeof value === "string" && fits(value) ? value : usual;
      };
      const priority = result.data["priority"];
      return {
        channel: text("channel", (value) => CHANNEL.test(value), wanted.channel),
        context: text("context", (value) => contexts.has(value), wanted.context),
        number: text("extension", (value) => NUMBER.test(value), wanted.number),
        priority: typeof priority === "number" && priority >= 1 ? priority : wanted.priority,
        callerId: text("caller_id", (value) => CALLER_ID.test(value), wanted.callerId),
      };
    },
  };
}

/** A name without a number shows the number too. */
function callerIdOf(template: string, number: string): string {
  const text = template.replaceAll("{phone}", number);
  return text.includes("<") ? text : `"${text}" <${number}>`;
}

/**
 * Context, Exten and Priority and never an application. FreePBX finds out by REALCALLERIDNUM whose the
 * call is; other dialplans do not know the name.
 */
export const actionOf = (
  { channel, context, number, priority, callerId }: Originate,
  { id, ringMs, extension }: { id: string; ringMs: number; extension: string },
): AmiAction => ({
  Action: "Originate",
  Channel: channel,
  ChannelId: id,
  Context: context,
  Exten: number,
  Priority: priority,
  CallerID: callerId,
  Timeout: ringMs,
  Async: "true",
  Variable: { __KOMMO_DIAL: id, REALCALLERIDNUM: extension },
});
