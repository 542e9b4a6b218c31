import { cacheCases } from './cache.ts'
import { databaseCases } from './database.ts'
import { jobCases } from './jobs.ts'
import type { StoreCase } from './store-case.ts'

/** What is measured, group by group. */
export const cases: readonly StoreCase[] = [...cacheCases, ...databaseCases, ...jobCases]
