import type { Settings } from '../kit/index.ts'

/** A setting of any type. */
export type AnySetting = Settings[string]

/** The setting with bounds, in the words of its text form. */
export function bounds<S extends AnySetting>(setting: S, minimum: string, maximum: string): S {
  return { ...setting, 'x-minimum': minimum, 'x-maximum': maximum }
}

/** The setting with words for what it takes, where its type does not say. */
export function form<S extends AnySetting>(setting: S, words: string): S {
  return { ...setting, 'x-form': words }
}
