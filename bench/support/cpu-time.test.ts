import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpuSecondsOf, parseProcStat, treeSeconds } from './cpu-time.ts'

const STAT = '42 (a (b) c) S 7 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 100 1 1'

test('a line of /proc is read, whatever brackets and blanks the name of the program has', () => {
  assert.deepEqual(parseProcStat(STAT), { pid: 42, parentPid: 7, cpuSeconds: 3 })
})

test('the time of a tree counts every descendant once and nobody else', () => {
  const table = [
    { pid: 3, parentPid: 2, cpuSeconds: 1 },
    { pid: 1, parentPid: 0, cpuSeconds: 100 },
    { pid: 2, parentPid: 1, cpuSeconds: 10 },
    { pid: 4, parentPid: 1, cpuSeconds: 1000 },
  ]
  assert.equal(treeSeconds(table, [2]), 11)
  assert.equal(treeSeconds(table, [2, 4]), 1011)
  assert.ok(Number.isNaN(treeSeconds(table, [9])))
})

test('this process has used the time that Node says it has', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, () => {
  const { user, system } = process.cpuUsage()
  // Ticks are of 10 ms, and the process goes on between the two readings.
  assert.ok(cpuSecondsOf([process.pid]) >= (user + system) / 1e6 - 0.05)
})
