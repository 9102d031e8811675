import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Compile } from 'typebox/compile'
import { MAX_FRAME_BYTES, Observed, type SessionState } from '../../contract/agent/messages.ts'
import { renderObserved } from './frames.ts'

function report(sessions: readonly SessionState[]): Observed {
  return {
    type: 'observed',
    seq: 1,
    server_id: 'server-1',
    boot_id: 'boot-1',
    generation: 7,
    error: null,
    probe: null,
    session_count: sessions.length,
    sessions: [...sessions],
  }
}

function sessionsOf(count: number): readonly SessionState[] {
  return Array.from({ length: count }, (_, index) => ({
    session_id: `session-${index}`.padEnd(64, 'x'),
    user_name: `Jürgen-${index}`.padEnd(64, 'ü'),
    uid: 20_000 + index,
    virtual_ip: '10.1.0.20',
    started_at: '2026-05-21T08:00:00.000Z',
  }))
}

test('a report that fits is sent whole', () => {
  const whole = report(sessionsOf(100))
  assert.deepEqual(JSON.parse(renderObserved(whole)), whole)
})

test('a report of the most sessions there can be fits its frame, and still counts them all', () => {
  const text = renderObserved(report(sessionsOf(1024)))
  assert.ok(Buffer.byteLength(text) <= MAX_FRAME_BYTES)
  const sent: unknown = JSON.parse(text)
  assert.ok(Compile(Observed).Check(sent))
  assert.equal(sent.session_count, 1024)
  assert.deepEqual(sent.sessions, sessionsOf(1024).slice(0, sent.sessions.length))
  const [first] = sessionsOf(1)
  const left = MAX_FRAME_BYTES - Buffer.byteLength(text)
  assert.ok(left < 2 * Buffer.byteLength(JSON.stringify(first)), `${left} bytes were left empty`)
})
