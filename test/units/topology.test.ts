import { together } from './together.ts'

await together('runtime/topology/**/*.test.ts')
