export { sendsByPath } from './by-path.ts'
export type { Catalogs } from './definitions.ts'
export { didYouMean, nearest } from './did-you-mean.ts'
export { durationText, type EffectiveComponent, effectiveChains, effectiveText, settingsText } from './effective.ts'
export type * from './environment-spec.ts'
export { type ComparedOptions, parseCompared } from './experiment/compared.ts'
export { ACCEPTABLE, COMPARED, RUNS, RUNS_MAX, RUNS_MIN } from './experiment/settings.ts'
export type * from './experiment-spec.ts'
export { type ExplainResult, explainJson, explainText } from './explain.ts'
export { type FormatOptions, formatProblems, problemsJson } from './format.ts'
export { type LoadOptions, type LoadResult, loadTopology, type SourceText } from './load.ts'
export { applyPatch, parsePatch, patchOf } from './patch.ts'
export type { Patch } from './patch-run.ts'
export type { Problem } from './problems.ts'
export { REDACTED, redact } from './redact.ts'
export { EXPECTATION_FORM, holds, parseExpectation } from './scenario/expectation.ts'
export { figuresOf } from './scenario/figures.ts'
export type { KnownNames } from './scenario/measure.ts'
export { LEAK } from './scenario/settings.ts'
export { ExpectationError } from './scenario/words.ts'
export type * from './scenario-spec.ts'
export { textWithoutSecrets } from './secret-names.ts'
export { shownValue } from './shown-value.ts'
export type * from './topology.ts'
export {
  type OptionText,
  type WorkloadOfResult,
  type WorkloadOptions,
  workloadOf,
} from './workload/options.ts'
export type * from './workload-spec.ts'

import type { Catalogs } from './definitions.ts'

/** The JSON Schema (draft-07) of a topology file, for editors. Loads TypeBox, which takes a while, only when called. */
export async function editorSchema(catalogs: Catalogs): Promise<Record<string, unknown>> {
  return (await import('./editor-schema.ts')).editorSchema(catalogs)
}

/** The same as the text of `topology.schema.json`. */
export async function schemaText(catalogs: Catalogs): Promise<string> {
  return `${JSON.stringify(await editorSchema(catalogs), null, 2)}\n`
}
