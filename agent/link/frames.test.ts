import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Compile } from 'typebox/compile'
import { MAX_FRAME_BYTES, Observed, type SessionState, Sessions } from '../../contract/agent/messages.ts'
import { parseFrame, renderReport } from './frames.ts'

function report(sessions: readonly SessionState[]): Omit<Observed, 'seq'> {
  return {
    type: 'observed',
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
    client_ip: '192.0.2.77',
  }))
}

function counter(): () => number {
  let seq = 6
  return () => {
    seq += 1
    return seq
  }
}

test('a report that fits is one frame', () => {
  const whole = report(sessionsOf(100))
  const texts = renderReport(whole, counter())
  assert.deepEqual(
    texts.map((text) => JSON.parse(text)),
    [{ ...whole, seq: 7 }],
  )
})

test('a report of the most sessions there can be is several full frames, in which none is missing', () => {
  const texts = renderReport(report(sessionsOf(1024)), counter())
  const [first, ...more] = texts.map((text): unknown => JSON.parse(text))
  assert.ok(Compile(Observed).Check(first))
  assert.equal(first.session_count, 1024)
  const rest = more.map((frame) => (Compile(Sessions).Check(frame) ? frame : assert.fail(JSON.stringify(frame))))
  assert.deepEqual(
    [first, ...rest].flatMap((frame) => frame.sessions),
    sessionsOf(1024),
  )
  assert.deepEqual(
    [first, ...rest].map((frame) => frame.seq),
    texts.map((_, index) => 7 + index),
  )
  const longest = Math.max(...sessionsOf(1024).map((session) => Buffer.byteLength(JSON.stringify(session))))
  for (const text of texts) assert.ok(Buffer.byteLength(text) <= MAX_FRAME_BYTES)
  for (const text of texts.slice(0, -1)) assert.ok(MAX_FRAME_BYTES - Buffer.byteLength(text) < longest + 40)
})

test('a linked agent takes a desired state or an order to log off, and nothing else', () => {
  const logoff = {
    type: 'logoff',
    session_id: 'a',
    started_at: '2026-05-21T08:00:00.000Z',
    delay_seconds: 0,
    severity: 0,
    title: '',
    message: '',
  }
  assert.deepEqual(parseFrame(JSON.stringify(logoff), 'wish'), logoff)
  assert.ok('problem' in parseFrame(JSON.stringify(logoff), 'welcome'))
  assert.ok('problem' in parseFrame(JSON.stringify({ ...logoff, delay_seconds: -1 }), 'wish'))
  assert.ok('problem' in parseFrame(JSON.stringify({ ...logoff, more: 1 }), 'wish'))
  for (const text of ['null', '7', '"logoff"', '{"type":"welcome"}']) assert.ok('problem' in parseFrame(text, 'wish'))
})
