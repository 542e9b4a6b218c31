import type { LoadResult } from '../../load/result.ts'
import { count, counted, moment, NONE, roundDuration } from '../format.ts'
import { type Content, html } from '../html.ts'
import { code, name } from '../parts/marks.ts'
import { pairs, type Section } from '../parts/section.ts'
import { arrivalsText, mixText, targetText } from '../reading/workload-words.ts'

/** What it takes to run the same again. */
export function environmentSection(result: LoadResult): Section {
  const { workload, environment, seed, startedAt, elapsedMs } = result
  const { inFlightMax, policy } = workload.overload
  const overload =
    policy === 'queue' ? 'further arrivals wait for their turn' : 'further arrivals are dropped and counted'
  const planned: [Content, Content][] = [
    ['Target', code(targetText(workload))],
    ['Arrivals', arrivalsText(workload.arrivals)],
    ['Requests', name(mixText(workload.requests))],
    ['Duration', workload.durationMs === null ? 'until the requests are used up' : roundDuration(workload.durationMs)],
    ['Warm-up', workload.warmupMs === 0 ? 'none' : `its first ${roundDuration(workload.warmupMs)}, counted apart`],
    [
      'Login',
      workload.login === null ? 'none' : code(`${workload.login.request.method} ${workload.login.request.path}`),
    ],
    ['Timeout', roundDuration(workload.timeoutMs)],
    ['Overload', `${counted(inFlightMax, 'request')} under way at most; ${overload}`],
    ['Seed', code(String(seed))],
  ]
  const { commit, node, cpu, cores, platform, topologyHash } = environment
  const machine: [Content, Content][] = [
    ['Started', html`<time datetime="${startedAt}">${moment(startedAt)}</time>`],
    ['Elapsed', roundDuration(Math.round(elapsedMs))],
    ['Commit', commit === null ? NONE : code(commit)],
    ['Topology', topologyHash === null ? NONE : code(topologyHash)],
    ['Node.js', node],
    ['CPU', `${cpu}, ${count(cores)}\u00a0${cores === 1 ? 'core' : 'cores'}`],
    ['Platform', platform],
  ]
  return {
    id: 'environment',
    title: 'Environment',
    short: 'Environment',
    lead: 'What was run, on what machine: with the same seed the same requests arrive at the same times.',
    body: html`<div class="columns">
<div><h3>Workload</h3>${pairs(planned)}</div>
<div><h3>Machine</h3>${pairs(machine)}</div>
</div>`,
  }
}
