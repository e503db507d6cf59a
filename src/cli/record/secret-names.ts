/** By which names secrets go: of variables, SIP headers, fields, parameters. */

export const SECRET_NAME =
  /secret|passw|passwd|pwd|token|auth(?!or)|api_?key|private_?key|credential|cookie|signature|bearer|challenge|nonce|pincode|pin_|_pin\b|\bpin\b|otp|cvv/i;

/** Applications whose arguments are passwords. */
export const SECRET_APPLICATION = /^(authenticate|vmauthenticate|disa|agentlogin)$/i;

export const REMOVED_VALUE = "removed";
