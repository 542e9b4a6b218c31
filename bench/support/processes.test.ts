import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withProcesses } from './processes.ts'

const node = process.execPath
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
const readPid = (line: string): number | undefined => Number(/^pid (\d+)$/.exec(line)?.[1]) || undefined
const SAY_PID = 'console.log("pid " + process.pid); setInterval(() => {}, 1000)'

test('programs are ended when the benchmark is done, also when it throws', async () => {
  const pids: number[] = []
  const start = (fails: boolean) =>
    withProcesses(async processes => {
      const program = processes.start({ name: 'sleeper', command: node, args: ['-e', SAY_PID] })
      pids.push(await program.line(readPid, 10_000))
      assert.ok(alive(pids.at(-1)!))
      if (fails) throw new Error('measurement failed')
    })
  await start(false)
  await assert.rejects(start(true), /measurement failed/)
  assert.deepEqual(pids.map(alive), [false, false])
})

test('a program that ignores the signal is killed after its grace', async () => {
  const pid = await withProcesses(async processes => {
    const program = processes.start({
      name: 'stubborn',
      command: node,
      args: ['-e', `process.on('SIGTERM', () => {}); ${SAY_PID}`],
      graceMs: 100,
    })
    return program.line(readPid, 10_000)
  })
  assert.equal(alive(pid), false)
})

test('a program that ends before it is ready is an error with its code and what it said', async () => {
  await withProcesses(async processes => {
    const program = processes.start({
      name: 'broken',
      command: node,
      args: ['-e', 'console.error("no!"); process.exit(7)'],
    })
    await assert.rejects(program.line(readPid, 10_000), /broken ended by itself with code 7:\nno!/)
    assert.match(processes.takeFailures().join(), /code 7/)
    assert.deepEqual(processes.takeFailures(), [])
  })
})

test('a command that does not exist is an error and not a crash', async () => {
  await withProcesses(async processes => {
    const program = processes.start({ name: 'nothing', command: '/does/not/exist', args: [] })
    await assert.rejects(program.line(readPid, 10_000), /code 127/)
  })
})

test('a program ends when the process that started it is killed', async () => {
  const module = fileURLToPath(new URL('./processes.ts', import.meta.url))
  const script = `
    import { Processes } from ${JSON.stringify(module)}
    const program = new Processes().start({ name: 'x', command: process.execPath, args: ['-e', ${JSON.stringify(SAY_PID)}] })
    console.log('pid ' + await program.line(line => Number(/^pid (\\d+)$/.exec(line)?.[1]) || undefined, 10000))
  `
  const runner = spawn(node, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [text] = (await once(runner.stdout!, 'data')) as [Buffer]
  const pid = readPid(text.toString().trim())!
  assert.ok(alive(pid))
  runner.kill('SIGKILL')
  const deadlineMs = performance.now() + 5000
  while (alive(pid) && performance.now() < deadlineMs) await new Promise(resolve => setTimeout(resolve, 20))
  assert.equal(alive(pid), false)
})
