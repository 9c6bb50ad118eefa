/** How many random inputs a property of a parser is tried with. Few by default; `.ci/run` asks for so many that all
 *  parsers together see more than 100 000. */
export function fuzzRuns(usual: number): number {
  const asked = Number(process.env.LETTERBOX_FUZZ_RUNS ?? '')
  return Number.isSafeInteger(asked) && asked > 0 ? asked : usual
}
