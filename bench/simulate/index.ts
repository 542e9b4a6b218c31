export { type RecordedJob, type ReplayedJob, readRecord, replay } from './replay.ts'
export type { Estimate, SimulatedComponent, SimulatedRun, SimulationResult, SimulationSpeed } from './result.ts'
export { type SimulateOptions, type SimulationProgress, simulate } from './simulate.ts'
export { simulationText } from './summary.ts'
