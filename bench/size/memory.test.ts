import assert from 'node:assert/strict'
import { test } from 'node:test'
import { descendants, parseProcStatus, parsePs, processTable } from './memory.ts'

test('descendants are found through all generations, in any order of the table, without the ancestor', () => {
  const row = (pid: number, parentPid: number) => ({ pid, parentPid, residentBytes: pid })
  const table = [row(5, 4), row(1, 0), row(4, 3), row(3, 1), row(9, 8), row(0, 0)]
  assert.deepEqual(
    descendants(table, 1)
      .map(one => one.pid)
      .sort(),
    [3, 4, 5],
  )
  assert.deepEqual(descendants(table, 77), [])
})

test('the status of a process gives its id, parent and resident memory; a kernel thread has none', () => {
  const text = 'Name:\tnode\nPid:\t42\nPPid:\t7\nVmHWM:\t   999 kB\nVmRSS:\t   100 kB\n'
  assert.deepEqual(parseProcStatus(text), { pid: 42, parentPid: 7, residentBytes: 102_400 })
  assert.equal(parseProcStatus('Name:\tkthreadd\nPid:\t2\nPPid:\t0\n'), undefined)
})

test('the output of ps gives the same, and lines that are none are left out', () => {
  assert.deepEqual(parsePs('  42   7  100\nnonsense\n\n 1 0 5\n'), [
    { pid: 42, parentPid: 7, residentBytes: 102_400 },
    { pid: 1, parentPid: 0, residentBytes: 5120 },
  ])
})

test('the table of this machine holds this process with the memory Node itself reports', () => {
  const own = processTable().find(row => row.pid === process.pid)!
  const reported = process.memoryUsage.rss()
  assert.ok(own.residentBytes > reported / 2 && own.residentBytes < reported * 2, `${own.residentBytes} ${reported}`)
})
