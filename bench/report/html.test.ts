import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LAST_SCALAR_VALUE, parseXml, scalarValue } from '@archlab/runtime/testing'
import fc from 'fast-check'
import { type Content, escapeHtml, html, jsonForScript, trusted } from './html.ts'

const HOSTILE = `</td><script>alert(1)</script>" onload='x' &amp; <!--`

test('values of a template are escaped between tags and in attributes', () => {
  const text = html`<p title="${HOSTILE}">${HOSTILE}</p>`.text
  assert.doesNotMatch(text, /<script|onload='/)
  const { attributes, text: content } = parseXml(text)
  assert.equal(attributes.title, HOSTILE)
  assert.equal(content, HOSTILE)
})

test('pieces of HTML go in as they are, lists are joined, and nothing leaves no trace', () => {
  const cells: Content = [html`<b>1</b>`, null, undefined, false, ['<', 2]]
  assert.equal(html`<p>${cells}</p>`.text, '<p><b>1</b>&lt;2</p>')
})

test('characters that XML does not allow, and those that turn the direction of writing, become U+FFFD', () => {
  assert.equal(escapeHtml('a\u0000b\u202ec\ud800d\u0085e'), 'a\ufffdb\ufffdc\ufffdd\ufffde')
  assert.equal(escapeHtml('mü\u00a0λ 😀\n'), 'mü\u00a0λ 😀\n')
})

test('whatever text comes in is the same text when the page is read', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.nat(LAST_SCALAR_VALUE).map(scalarValue) }), fc.string(), (wild, tame) => {
      for (const text of [wild, tame]) {
        const read = parseXml(html`<p id="${text}">${text}</p>`.text)
        assert.equal(read.text, read.attributes.id)
        assert.equal(escapeHtml(read.text), escapeHtml(text))
      }
    }),
  )
})

test('data in a script cannot end the script', () => {
  const data = { name: '</script><!-- \u2028', values: [1, null] }
  const text = jsonForScript(data).text
  assert.doesNotMatch(text, /<|\u2028/)
  assert.deepEqual(JSON.parse(text), data)
})

test('a program of our own is not escaped', () => {
  assert.equal(html`<script>${trusted('a < b && c')}</script>`.text, '<script>a < b && c</script>')
})
