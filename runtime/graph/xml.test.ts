import assert from 'node:assert/strict'
import { test } from 'node:test'
import { element, escapeXml } from './xml.ts'

test('text is escaped, and characters that XML does not allow are replaced', () => {
  assert.equal(escapeXml(`<a href="x">&'b'</a>`), '&lt;a href=&quot;x&quot;&gt;&amp;&#39;b&#39;&lt;/a&gt;')
  assert.equal(escapeXml('tab\tline\nend'), 'tab\tline\nend')
  assert.equal(escapeXml('\u0000\u001b\u{1f600}\ud800\uffff'), '\ufffd\ufffd\u{1f600}\ufffd\ufffd')
})

test('an element closes itself without content, escapes attributes, rounds numbers and leaves out what is undefined', () => {
  assert.equal(element('rect', { x: 1.26, class: 'a"b', rx: undefined }), '<rect x="1.3" class="a&quot;b"/>')
  assert.equal(element('g', {}, '<b/>', 'c'), '<g><b/>c</g>')
})
