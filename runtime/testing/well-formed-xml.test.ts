import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementsOf, parseXml } from './well-formed-xml.ts'

test('elements, attributes and text are read', () => {
  const root = parseXml('<a x="1 &amp; 2"><b/>t&#60;<c:d y="">\n</c:d></a>\n')
  assert.deepEqual(root.attributes, { x: '1 & 2' })
  assert.equal(root.text, 't<')
  assert.deepEqual(
    [...elementsOf(root)].map(one => one.name),
    ['a', 'b', 'c:d'],
  )
})

test('what is not well-formed is refused', () => {
  const broken = [
    '<a>',
    '<a></b>',
    '<a/><b/>',
    'text',
    '<a>&</a>',
    '<a>&nbsp;</a>',
    '<a b=c/>',
    '<a b="<"/>',
    '<a b="" b=""/>',
  ]
  for (const text of [...broken, '<a>\u0001</a>', '<a b="1"c="2"/>', '<a></a></a>', ''])
    assert.throws(() => parseXml(text), text)
})
