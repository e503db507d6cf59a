/** Every limit of an AMI session in one place; tests and odd exchanges may give their own. */
import { MAX_MESSAGE_BYTES } from "./framer.ts";

export type AmiLimits = {
  readonly connectTimeoutMs: number;
  readonly bannerTimeoutMs: number;
  /** From an action to its response. */
  readonly actionTimeoutMs: number;
  /** From a list's response to its end. */
  readonly listTimeoutMs: number;
  readonly maxListItems: number;
  readonly fullyBootedTimeoutMs: number;
  readonly pingEveryMs: number;
  readonly deadAfterMs: number;
  /** How long Asterisk may take to say goodbye when we stop. */
  readonly logoffTimeoutMs: number;
  readonly maxMessageBytes: number;
  /** Of live events while the exchange's state is read. */
  readonly maxHeldChars: number;
};

export const AMI_LIMITS: AmiLimits = {
  connectTimeoutMs: 10_000,
  bannerTimeoutMs: 5_000,
  actionTimeoutMs: 5_000,
  listTimeoutMs: 10_000,
  maxListItems: 20_000, // an exchange with 5,000 calls has 10,000 channels and Local ones besides
  fullyBootedTimeoutMs: 5_000, // a user without the read class "system" never gets it
  pingEveryMs: 10_000,
  deadAfterMs: 20_000,
  logoffTimeoutMs: 1_000,
  maxMessageBytes: MAX_MESSAGE_BYTES,
  maxHeldChars: 64_000_000, // 15 s of the busiest recorded load ten times over
};
