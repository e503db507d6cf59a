/** Runs many days side by side in one process. Exports `inParallel`. */

/** @returns the results in the order of the jobs */
export async function inParallel<Job, Result>(
  jobs: readonly Job[],
  { atOnce, run }: { atOnce: number; run: (job: Job) => Promise<Result> },
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...jobs.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      results[next[0]] = await run(next[1]);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
