import { together } from './together.ts'

await together('tactics/**/*.test.ts')
