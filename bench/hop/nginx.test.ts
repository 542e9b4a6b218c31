import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nginxConfiguration } from './nginx.ts'

test('the nginx configuration has one worker, keep-alive to the backend, no access log, and stays in its folder', () => {
  const text = nginxConfiguration(18999, 18998, '/scratch')
  assert.match(text, /worker_processes 1;/)
  assert.match(text, /listen 127\.0\.0\.1:18999;/)
  assert.match(text, /server 127\.0\.0\.1:18998;\s+keepalive 128;/)
  assert.match(text, /access_log off;/)
  for (const path of text.match(/\/\S+/g) ?? [])
    if (path.startsWith('/scratch')) assert.ok(path.startsWith('/scratch/'))
})
