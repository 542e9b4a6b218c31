export { type PredictOptions, predict } from './predict.ts'
export * from './prediction.ts'
export { fitUsl, type UslFit, type UslParameters, uslPeak, uslThroughput } from './solvers/usl.ts'
