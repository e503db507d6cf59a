/** Where a time line has its marks: few, and at round times. Pure. */

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200];
const MOST_MARKS = 7;

/** @param seconds how long the line is @returns seconds from its start; the last may stand before its end */
export function axisOf(seconds: number): readonly number[] {
  const step = STEPS.find((one) => seconds / one <= MOST_MARKS) ?? 14_400;
  const marks: number[] = [];
  // A mark at the very end would be cut.
  for (let at = 0; at <= seconds * 0.97; at += step) marks.push(at);
  return marks;
}
