export * from './histogram.ts'
export * from './meter-block.ts'
export * from './refusals.ts'
export * from './traffic.ts'
