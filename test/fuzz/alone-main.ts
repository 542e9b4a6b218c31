/** A part in a process of its own; see `alone.ts`. */
import type { Word } from './alone.ts'
import { type CampaignOptions, campaign, messageOf } from './campaign.ts'
import { PARTS } from './parts.ts'

const { part, ...options } = JSON.parse(process.argv[2]!) as CampaignOptions & { part: string }
const say = (word: Word): void => void process.send!(word)
const closers: (() => void | Promise<void>)[] = []
try {
  const probe = await PARTS.find(({ name }) => name === part)!.prepare({ after: closer => void closers.push(closer) })
  say({ result: await campaign(probe, { ...options, onInput: input => say({ input }) }) })
} catch (error) {
  say({ failure: messageOf(error) })
} finally {
  for (const closer of closers) await closer()
}
