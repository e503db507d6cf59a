/**
 * The least that anybody who reads AMI does: chunks as latin1, the rest carried, messages counted.
 * What `replay` and the daemon take is told as a ratio to this, measured in the same run.
 */
export function countMessages(chunks: readonly Buffer[]): number {
  let rest = "";
  let messages = 0;
  for (const chunk of chunks) {
    const text = rest + chunk.toString("latin1");
    let start = 0;
    for (;;) {
      const end = text.indexOf("\r\n\r\n", start);
      if (end < 0) break;
      messages++;
      start = end + 4;
    }
    rest = text.slice(start);
  }
  return messages;
}
