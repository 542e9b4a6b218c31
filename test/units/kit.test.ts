import { together } from './together.ts'

await together('runtime/kit/**/*.test.ts')
