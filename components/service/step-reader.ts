import { parseDistribution, parseRatio } from '@archlab/runtime/kit'
import { readCall } from './call-reader.ts'
import { readContent, readStatus } from './content-reader.ts'
import type { Place, Reading } from './reading.ts'
import {
  DEPTH_MAX,
  type FailScript,
  type ParallelScript,
  type RespondScript,
  STEP_TYPES,
  type StepScript,
  type WorkScript,
} from './script.ts'
import { type Fields, isFields, type Path, wordsFor } from './values.ts'

type StepType = (typeof STEP_TYPES)[number]
type Read = (reading: Reading, place: Place) => StepScript | undefined

const SCRIPT_HINT = 'write a list of steps: [ { work: 5ms }, { call: a } ]'
const BRANCHES_HINT = 'write parallel: [ { call: a }, [ { call: b }, { work: 1ms } ] ]'
const STEP_HINT = 'a step is one of work, call, parallel, fail and respond: { work: 5ms } or { call: a, chance: 30% }'

/** What people call steps elsewhere, and what they are called here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  sleep: 'write work: 5ms',
  wait: 'write work: 5ms',
  delay: 'write work: 5ms',
  cpu: 'write work: { cpu: 5ms }',
  concurrent: 'write parallel: [ { call: a }, { call: b } ]',
  http: 'write { call: a, request: GET /path }',
  get: 'write { call: a, request: GET /path }',
  post: 'write { call: a, request: POST /path, json: { ... } }',
  error: 'write fail: 1%',
  reply: 'write respond: { status: 200, json: { ... } }',
  return: 'write respond: { status: 200, json: { ... } }',
}

/** Reads steps that follow one another; `depth` counts the groups around them. */
export function readSteps(reading: Reading, value: unknown, path: Path, depth = 0): StepScript[] {
  if (!Array.isArray(value)) {
    reading.problem({ path, message: `must be a list of steps, not ${wordsFor(value)}`, hint: SCRIPT_HINT })
    return []
  }
  const steps: StepScript[] = []
  let ended = false
  let told = false
  for (const [index, item] of value.entries()) {
    const at = [...path, index]
    if (ended && !told) {
      const hint = 'remove it, or give the step that ends the script a chance'
      reading.problem({ path: at, message: 'is never reached: the script always ends before it', hint })
      told = true
    }
    const step = readStep(reading, item, at, depth)
    if (!step) continue
    steps.push(step)
    ended ||= endsAlways(step)
  }
  return steps
}

/** True when no step behind this one is ever reached. */
function endsAlways(step: StepScript): boolean {
  if (step.chance < 1) return false
  if (step.type === 'respond') return true
  if (step.type === 'fail') return step.probability >= 1
  return step.type === 'parallel' && step.branches.some(branch => branch.some(endsAlways))
}

/** Reads one step; `undefined` after a problem that leaves nothing of it. */
function readStep(reading: Reading, value: unknown, path: Path, depth: number): StepScript | undefined {
  if (!reading.countStep(path)) return undefined
  if (!isFields(value)) {
    reading.problem({ path, message: `must be a step, not ${wordsFor(value)}`, hint: STEP_HINT })
    return undefined
  }
  const [type, second] = STEP_TYPES.filter(one => Object.hasOwn(value, one))
  if (!type) {
    const odd = Object.keys(value).find(key => key !== 'chance')
    if (odd === undefined) reading.problem({ path, message: 'says not what to do', hint: STEP_HINT })
    else {
      const hint = Object.hasOwn(ELSEWHERE, odd) ? ELSEWHERE[odd]! : STEP_HINT
      reading.problem({ path: [...path, odd], key: true, message: `no step is called "${odd.slice(0, 60)}"`, hint })
    }
    return undefined
  }
  if (second) {
    const message = `is a second step in one entry, which is "${type}" already`
    reading.problem({ path: [...path, second], key: true, message, hint: 'begin each step with a hyphen of its own' })
    return undefined
  }
  const { keys, read } = STEPS[type]
  reading.unknownKeys(value, [type, ...keys, 'chance'], path, `a step "${type}"`)
  const given = value.chance === undefined ? 1 : reading.unit([...path, 'chance'], value.chance, parseRatio)
  return read(reading, { fields: value, path, depth, chance: given ?? 1 })
}

const STEPS: Readonly<Record<StepType, { keys: readonly string[]; read: Read }>> = {
  work: { keys: [], read: readWork },
  call: { keys: ['request', 'json', 'size'], read: readCall },
  parallel: { keys: [], read: readParallel },
  fail: { keys: ['status'], read: readFail },
  respond: { keys: [], read: readRespond },
}

function readWork(reading: Reading, { fields, path, chance }: Place): WorkScript | undefined {
  const { work } = fields
  const at = [...path, 'work']
  const resources = isFields(work) ? (['sleep', 'cpu'] as const).filter(one => Object.hasOwn(work, one)) : []
  const [resource] = resources
  if (!resource) {
    const demand = reading.unit(at, work, parseDistribution)
    return demand && { type: 'work', chance, resource: 'sleep', demand }
  }
  const [other] = Object.keys(work as Fields).filter(key => key !== resource)
  if (other !== undefined) {
    const message = `is one thing too much: this work is "${resource}" already`
    reading.problem({
      path: [...at, other],
      key: true,
      message,
      hint: 'write two steps: work: 5ms, work: { cpu: 2ms }',
    })
    return undefined
  }
  const demand = reading.unit([...at, resource], (work as Fields)[resource], parseDistribution)
  return demand && { type: 'work', chance, resource, demand }
}

/** A group: each branch is a step, or a list of them. */
function readParallel(reading: Reading, { fields, path, depth, chance }: Place): ParallelScript | undefined {
  const at = [...path, 'parallel']
  const { parallel } = fields
  if (!Array.isArray(parallel) || parallel.length === 0) {
    const message = Array.isArray(parallel) ? 'has no branch' : `must be a list of branches, not ${wordsFor(parallel)}`
    reading.problem({ path: at, message, hint: BRANCHES_HINT })
    return undefined
  }
  if (depth >= DEPTH_MAX) {
    const hint = 'move a part of it to another component'
    reading.problem({ path: at, message: `stands in ${depth} groups; ${DEPTH_MAX} are the most`, hint })
    return undefined
  }
  const branches = parallel.map((branch: unknown, index) => {
    const place = [...at, index]
    if (!Array.isArray(branch)) {
      const step = readStep(reading, branch, place, depth + 1)
      return step ? [step] : []
    }
    if (branch.length === 0) reading.problem({ path: place, message: 'is an empty branch', hint: BRANCHES_HINT })
    return readSteps(reading, branch, place, depth + 1)
  })
  return { type: 'parallel', chance, branches }
}

function readFail(reading: Reading, { fields, path, chance }: Place): FailScript | undefined {
  const probability = reading.unit([...path, 'fail'], fields.fail, parseRatio)
  const status = readStatus(reading, fields.status, [...path, 'status'], { least: 400, most: 599, otherwise: 500 })
  return probability === undefined ? undefined : { type: 'fail', chance, probability, status }
}

function readRespond(reading: Reading, { fields, path, depth, chance }: Place): RespondScript | undefined {
  const at = [...path, 'respond']
  const { respond } = fields
  if (depth > 0) {
    const message = 'cannot stand in a branch: the group waits for all branches before the script can end'
    reading.problem({ path: at, key: true, message, hint: 'move it behind the parallel group' })
    return undefined
  }
  if (!isFields(respond)) {
    const hint = 'write respond: { status: 201, json: { ok: true } }'
    reading.problem({ path: at, message: `must be a mapping, not ${wordsFor(respond)}`, hint })
    return undefined
  }
  reading.unknownKeys(respond, ['status', 'json', 'size'], at, '"respond"')
  const status = readStatus(reading, respond.status, [...at, 'status'], { least: 200, most: 599, otherwise: 200 })
  const content = readContent(reading, respond, at)
  if (content.headers !== '' && (status === 204 || status === 304)) {
    const message = `a reply with status ${status} has no body (RFC 9110 §6.4.1)`
    reading.problem({ path: at, message, hint: 'leave json and size out, or choose another status' })
  }
  return { type: 'respond', chance, status, content }
}
