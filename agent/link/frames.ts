import { Compile } from 'typebox/compile'
import {
  Challenge,
  Desired,
  MAX_FRAME_BYTES,
  Maintenance,
  type Observed,
  Upgrade,
  Welcome,
} from '../../contract/agent/messages.ts'

const FRAMES = {
  challenge: Compile(Challenge),
  welcome: Compile(Welcome),
  wish: { desired: Compile(Desired), maintenance: Compile(Maintenance), upgrade: Compile(Upgrade) },
} as const

/** Where a connection stands decides what it may receive; a `wish` is any frame that says what is wanted. */
export type Expected = keyof typeof FRAMES

export type Frame = Challenge | Welcome | Desired | Maintenance | Upgrade

/** A frame of the control plane, or why it is none. */
export function parseFrame(text: string, expected: Expected): Frame | { readonly problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'not JSON' }
  }
  const frame = expected === 'wish' ? wishOf(value) : FRAMES[expected]
  if (frame.Check(value)) return value
  const [first] = frame.Errors(value)
  return { problem: `no valid ${expected} frame: ${first?.instancePath ?? ''} ${first?.message ?? ''}` }
}

function wishOf(value: unknown) {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  return type === 'maintenance' || type === 'upgrade' ? FRAMES.wish[type] : FRAMES.wish.desired
}

/** The text of a report. Sessions that do not fit the frame are left out, the last first; their number is not. */
export function renderObserved(observed: Observed): string {
  let room = MAX_FRAME_BYTES - Buffer.byteLength(JSON.stringify({ ...observed, sessions: [] }))
  const sessions = observed.sessions.filter((session) => {
    room -= Buffer.byteLength(JSON.stringify(session)) + 1
    return room >= 0
  })
  return JSON.stringify({ ...observed, sessions })
}
