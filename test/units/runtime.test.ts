import { together } from './together.ts'

await together(
  'runtime/{balancing,cli,graph,host,import,meters,own-modules,simulation,supervisor,testing}/**/*.test.ts',
)
