export { EventCalendar, type Ticket } from './event-calendar.ts'
export { SimulatedClock } from './simulated-clock.ts'
export { type Connection, SimulatedLab, type SimulatedLabOptions } from './simulated-lab.ts'
export type { Scaling } from './simulated-scaling.ts'
