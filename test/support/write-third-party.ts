/** `npm run third-party`: writes THIRD-PARTY.md. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../source-files.ts'
import { thirdPartyText } from './third-party.ts'

writeFileSync(join(ROOT, 'THIRD-PARTY.md'), thirdPartyText())
