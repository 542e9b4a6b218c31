export * from './fake-context.ts'
export * from './well-formed-xml.ts'
