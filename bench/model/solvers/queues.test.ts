import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { erlangB, markovQueue, stateProbabilities } from './birth-death.ts'
import { allenCunneen, pollaczekKhinchine, priorityQueue, processorSharing } from './general-service.ts'
import { sojournQuantile, sojournTail } from './sojourn.ts'

const load = fc.double({ min: 0.01, max: 0.98, noNaN: true })
const servers = fc.integer({ min: 1, max: 60 })

const near = (left: number, right: number, precision = 1e-9): boolean =>
  Math.abs(left - right) <= precision * Math.max(1e-9, Math.abs(left), Math.abs(right))

test("Little's law and the conservation of requests hold for every queue", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 3, noNaN: true }),
      servers,
      fc.integer({ min: 0, max: 300 }),
      (rho, c, line) => {
        const arrivalRate = rho * c
        const answer = markovQueue({ arrivalRate, serviceTime: 1, servers: c, capacity: c + line })
        assert.ok(near(answer.inSystem, answer.throughput * answer.response), 'L = XW')
        assert.ok(near(answer.waiting, answer.throughput * answer.wait), 'Lq = XWq')
        assert.ok(near(answer.throughput, arrivalRate * (1 - answer.refused)), 'what is not refused leaves')
        assert.ok(near(answer.utilisation * c, answer.throughput), 'utilisation law')
      },
    ),
  )
})

test('state probabilities are a distribution at any load and any number of places', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e4, noNaN: true }),
      servers,
      fc.integer({ min: 60, max: 3000 }),
      (erlangs, c, places) => {
        const states = stateProbabilities(erlangs, c, places)
        assert.ok(states.every(one => one >= 0 && one <= 1))
        assert.ok(
          near(
            states.reduce((sum, one) => sum + one, 0),
            1,
          ),
        )
      },
    ),
    { numRuns: 30 },
  )
})

test('M/M/c/K becomes M/M/c as places grow, and Erlang B where nobody waits', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.integer({ min: 1, max: 20 }), (rho, c) => {
      const queue = { arrivalRate: rho * c, serviceTime: 1, servers: c }
      const most = markovQueue(queue)
      const many = markovQueue({ ...queue, capacity: c + 2000 })
      assert.ok(near(most.response, many.response, 1e-6))
      const few = markovQueue({ ...queue, capacity: c })
      assert.ok(near(few.refused, erlangB(rho * c, c)))
      assert.ok(few.response <= most.response + 1e-12)
    }),
    { numRuns: 30 },
  )
})

test('waits grow with the load and fall with servers, and one fast server beats several slow ones', () => {
  fc.assert(
    fc.property(load, load, fc.integer({ min: 2, max: 20 }), (one, other, c) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      const at = (rho: number, n: number): number =>
        markovQueue({ arrivalRate: rho * n, serviceTime: 1, servers: n }).wait
      assert.ok(at(low, c) <= at(high, c) + 1e-12, 'more load, longer wait')
      assert.ok(at(high, c) <= at(high, 1) + 1e-12, 'a line for all is shorter than one for each')
      const fast = markovQueue({ arrivalRate: high * c, serviceTime: 1 / c, servers: 1 }).response
      assert.ok(fast <= at(high, c) + 1 + 1e-12)
    }),
  )
})

test('sojourn tails fall from 1, and their integral is the mean', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      fc.integer({ min: 1, max: 8 }),
      fc.option(fc.integer({ min: 8, max: 60 })),
      (rho, c, capacity) => {
        const queue = { arrivalRate: rho * c, serviceTime: 1, servers: c, ...(capacity === null ? {} : { capacity }) }
        const { response } = markovQueue(queue)
        assert.ok(near(sojournTail(queue, 0), 1))
        const step = response / 40
        let sum = 0.5
        for (let at = 1; at < 40 * 30; at++) sum += sojournTail(queue, at * step)
        assert.ok(near(sum * step, response, 2e-3), `${sum * step} against ${response}`)
        const p95 = sojournQuantile(queue, 0.95)
        assert.ok(near(sojournTail(queue, p95), 0.05, 1e-6))
      },
    ),
    { numRuns: 30 },
  )
})

test('only the mean of the service counts where nobody waits and where all share', () => {
  fc.assert(
    fc.property(load, fc.double({ min: 0, max: 20, noNaN: true }), (rho, scv) => {
      const sharing = processorSharing(rho, 1)
      const markov = markovQueue({ arrivalRate: rho, serviceTime: 1, servers: 1 })
      assert.equal(sharing.response, markov.response)
      const fifo = pollaczekKhinchine({ arrivalRate: rho, serviceTime: 1, serviceScv: scv })
      assert.equal(fifo.wait <= markov.wait, scv <= 1, 'regular services wait less, irregular ones longer')
      const general = allenCunneen({ arrivalRate: rho, serviceTime: 1, serviceScv: scv, servers: 1, arrivalScv: 1 })
      assert.ok(near(general.wait, fifo.wait))
    }),
  )
})

test('priorities move waiting about and leave the work of all the same (conservation law)', () => {
  const classOf = fc.record({
    arrivalRate: fc.double({ min: 0.01, max: 0.3, noNaN: true }),
    serviceTime: fc.double({ min: 0.1, max: 1, noNaN: true }),
    serviceScv: fc.double({ min: 0, max: 4, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(classOf, { minLength: 1, maxLength: 3 }), classes => {
      const total = classes.reduce((sum, one) => sum + one.arrivalRate * one.serviceTime, 0)
      fc.pre(total < 0.95)
      const answers = priorityQueue(classes, false)
      const residual = classes.reduce(
        (sum, one) => sum + (one.arrivalRate * one.serviceTime ** 2 * (1 + one.serviceScv)) / 2,
        0,
      )
      const waited = answers.reduce(
        (sum, one, at) => sum + classes[at]!.arrivalRate * classes[at]!.serviceTime * one.wait,
        0,
      )
      assert.ok(near(waited, (total * residual) / (1 - total)), 'Kleinrock 1965')
      for (let at = 1; at < answers.length; at++) assert.ok(answers[at]!.wait >= answers[at - 1]!.wait)
      const interrupting = priorityQueue(classes, true)
      assert.ok(interrupting[0]!.response <= answers[0]!.response + 1e-12)
    }),
  )
})

test('a saturated queue is an answer: it says what it carries, and nothing is NaN', () => {
  const answers = [
    markovQueue({ arrivalRate: 3, serviceTime: 1, servers: 2 }),
    markovQueue({ arrivalRate: 1, serviceTime: 1, servers: 1 }),
    pollaczekKhinchine({ arrivalRate: 2, serviceTime: 1, serviceScv: 0 }),
    allenCunneen({ arrivalRate: 5, serviceTime: 1, serviceScv: 2, servers: 4, arrivalScv: 0 }),
  ]
  for (const [at, answer] of answers.entries()) {
    assert.equal(answer.state, 'saturated')
    assert.equal(answer.throughput, [2, 1, 1, 4][at])
    assert.equal(answer.response, Number.POSITIVE_INFINITY)
    assert.ok(!Object.values(answer).some(Number.isNaN))
  }
  assert.throws(() => markovQueue({ arrivalRate: -1, serviceTime: 1, servers: 1 }), RangeError)
  assert.throws(() => markovQueue({ arrivalRate: 1, serviceTime: Number.NaN, servers: 1 }), RangeError)
  assert.throws(() => markovQueue({ arrivalRate: 1, serviceTime: 1, servers: 1.5 }), RangeError)
})
