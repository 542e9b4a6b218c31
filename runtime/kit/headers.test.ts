import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headerAppend, headerEach, headerGet, headerList, headerRemove, headerSet, headers } from './headers.ts'

const name = fc.stringMatching(/^[a-z][a-z-]{0,8}$/)
const value = fc.stringMatching(/^[ -~]{0,20}$/)
const fields = fc.array(fc.tuple(name, value))
const block = (list: readonly (readonly [string, string])[]): string =>
  list.reduce((sum, [key, text]) => headerAppend(sum, key, text), '')
const listOf = (text: string): [string, string][] => {
  const list: [string, string][] = []
  headerEach(text, (key, one) => list.push([key, one]))
  return list
}

test('fields are visited in order with their exact values, repeated ones too', () => {
  fc.assert(fc.property(fields, list => assert.deepEqual(listOf(block(list)), list)))
})

test('get finds the first field of a name and nothing else', () => {
  fc.assert(
    fc.property(fields, name, (list, wanted) => {
      assert.equal(headerGet(block(list), wanted), list.find(([key]) => key === wanted)?.[1])
    }),
  )
})

test('remove takes every field of a name away and keeps the others in order', () => {
  fc.assert(
    fc.property(fields, name, (list, gone) => {
      assert.deepEqual(
        listOf(headerRemove(block(list), gone)),
        list.filter(([key]) => key !== gone),
      )
    }),
  )
})

test('set leaves exactly one field of the name', () => {
  const text = headerSet('\na: 1\nb: 2\na: 3', 'a', '4')
  assert.deepEqual(listOf(text), [
    ['b', '2'],
    ['a', '4'],
  ])
})

test('a list field that is repeated reads as one list', () => {
  assert.equal(headerList('\nvia: a\nx: y\nvia: b', 'via'), 'a, b')
  assert.equal(headerList('', 'via'), undefined)
})

test('line breaks in a value cannot make another field', () => {
  const text = headers({ 'x-a': 'one\r\nx-evil: two\0three' })
  assert.deepEqual(listOf(text), [['x-a', 'one x-evil: two three']])
})
