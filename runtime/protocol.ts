/*
 * Everything that supervisor, host and replica say to each other. Plans travel down, reports travel up; requests between
 * replicas have their own wire (replica/link/channel-wire.ts).
 */

export type * from './protocol/host.ts'
export * from './protocol/plans.ts'
export type * from './protocol/snapshot.ts'
export type * from './protocol/thread.ts'
