import { ALONE } from './alone.ts'
import { together } from './together.ts'

await together('runtime/replica/**/*.test.ts', ALONE)
