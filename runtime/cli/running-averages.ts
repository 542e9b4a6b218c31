import { InvalidArgumentError, Option } from 'commander'

/** Replies from one average to the next where nobody says otherwise. */
const PRESET = 100

/** `--running-averages [replies]`, of commands that put a load on a lab. */
export function runningAveragesOption(): Option {
  return new Option(
    '--running-averages [replies]',
    `show the mean latency so far after every ${PRESET} replies, or so many`,
  )
    .preset(String(PRESET))
    .argParser(wholeReplies)
}

function wholeReplies(text: string): number {
  const replies = Number(text)
  if (Number.isSafeInteger(replies) && replies >= 1) return replies
  throw new InvalidArgumentError('Give a number of replies, from 1 on.')
}
