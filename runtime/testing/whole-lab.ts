export * from './free-ports.ts'
export * from './http-call.ts'
export * from './over-transport.ts'
export * from './with-lab.ts'
