import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, httpCall, startLab } from '@archlab/runtime/whole-lab'
import { catalogs } from './support/lab5.ts'
import { answers } from './support/threads.ts'

test('a host that is suspended is found, told, killed and started again', {
  skip: process.platform === 'win32',
}, async t => {
  const lab = await startLab(t, 'components: { one: { kind: microservice, port: 8000 } }', { catalogs })
  const [hostPid] = lab.lab.hostPids
  process.kill(hostPid!, 'SIGSTOP')
  await eventually(() => lab.logged.length > 0, 'it is found', 15_000)
  const [death] = lab.logged
  assert.equal(death!.event, 'host-died')
  assert.match(String(death!.fields.error), /did not answer for \d+ ms/)
  assert.deepEqual(death!.fields.suspects, [])
  await eventually(() => answers(`${lab.url('one')}/process`), 'it answers again')
  assert.notEqual(lab.lab.hostPids[0], hostPid)
  assert.equal((await httpCall(`${lab.url('one')}/process`)).status, 200)
})
