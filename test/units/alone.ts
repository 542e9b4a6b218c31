/** Tests beside the units that need a process of their own. */
export const ALONE: readonly string[] = ['runtime/replica/leak.test.ts']
