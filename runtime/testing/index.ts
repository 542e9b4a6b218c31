export * from './fake-context.ts'
export * from './fake-keep.ts'
export * from './scalar-value.ts'
export * from './well-formed-xml.ts'
