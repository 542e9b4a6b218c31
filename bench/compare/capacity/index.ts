export { type ScalePoint, type Scaling, scalingOf } from './scaling.ts'
export { type Capacity, findCapacity, type Probe } from './search.ts'
export { capacityText, scalingText } from './text.ts'
