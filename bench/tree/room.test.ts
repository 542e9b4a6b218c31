import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Room, roomHere, shortage, useOf } from './room.ts'

const MIB = 1024 ** 2
const ENDLESS: Room = {
  availableBytes: Number.POSITIVE_INFINITY,
  maps: Number.POSITIVE_INFINITY,
  descriptors: Number.POSITIVE_INFINITY,
}

/** A lab whose host takes 100 MiB, 200 maps and 20 descriptors, and for each component 14 MiB, 66 maps and 5 descriptors. */
const lab = (components: number) => ({
  components,
  use: {
    residentBytes: (100 + 14 * components) * MIB,
    threads: 10 + components,
    maps: 200 + 66 * components,
    descriptors: 20 + 5 * components,
  },
})
const MEASURED = [lab(10), lab(100)]

test('there is room where every limit is above what the line through smaller labs predicts', () => {
  assert.equal(shortage(MEASURED, 1000, ENDLESS), undefined)
  assert.equal(shortage(MEASURED, 1000, { availableBytes: 15_000 * MIB, maps: 70_000, descriptors: 6000 }), undefined)
})

test('the limit that is in the way is named with both figures', () => {
  assert.equal(
    shortage(MEASURED, 1000, { ...ENDLESS, maps: 65_530 }),
    '1,000 components would take about 66,200 memory maps; vm.max_map_count allows 65,530',
  )
  assert.equal(
    shortage(MEASURED, 1000, { ...ENDLESS, availableBytes: 8192 * MIB }),
    '1,000 components would take about 13.8 GiB of memory; 8.0 GiB are available',
  )
  assert.equal(
    shortage(MEASURED, 1000, { ...ENDLESS, descriptors: 4096 }),
    '1,000 components would take about 5,020 file descriptors; 4,096 are allowed',
  )
})

test('a lab that would take nearly all there is does not fit either', () => {
  assert.match(shortage(MEASURED, 1000, { ...ENDLESS, maps: 66_500 })!, /66,500/)
})

test('nothing is concluded from one size, nor where the system does not tell', () => {
  const tight = { availableBytes: 1, maps: 1, descriptors: 1 }
  assert.equal(shortage([], 1000, tight), undefined)
  assert.equal(shortage([lab(10)], 1000, tight), undefined)
  const unknown = [10, 100].map(components => ({ components, use: useOf(-1) }))
  assert.equal(shortage(unknown, 1000, tight), undefined)
})

test('what this process takes is within what this machine has', () => {
  const use = useOf(process.pid)
  const room = roomHere()
  if (process.platform !== 'linux') {
    assert.ok(Number.isNaN(use.maps) && room.maps === Number.POSITIVE_INFINITY)
    return
  }
  assert.ok(use.threads >= 1 && use.descriptors > 2 && use.maps > 10, JSON.stringify(use))
  assert.ok(use.residentBytes > 10 * MIB && use.residentBytes < room.availableBytes * 100)
  assert.ok(use.maps < room.maps && use.descriptors < room.descriptors, JSON.stringify(room))
})
