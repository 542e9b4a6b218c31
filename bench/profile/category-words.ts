import type { Category } from './places.ts'

/** What categories are called in tables and legends. */
export const CATEGORY_WORDS: Readonly<Record<Category, string>> = {
  component: 'component',
  tactic: 'tactic',
  link: 'links',
  runtime: 'runtime',
  library: 'library',
  node: 'Node.js',
  native: 'native code, system calls',
  gc: 'garbage collector',
}
