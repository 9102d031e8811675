import { Compile } from 'typebox/compile'
import { Challenge, Desired, MAX_FRAME_BYTES, type Observed, Welcome } from '../../contract/agent/messages.ts'

const FRAMES = { challenge: Compile(Challenge), welcome: Compile(Welcome), desired: Compile(Desired) } as const

/** Where a connection stands decides what it may receive. */
export type Expected = keyof typeof FRAMES

/** A frame of the control plane, or why it is none. */
export function parseFrame(
  text: string,
  expected: Expected,
): Challenge | Welcome | Desired | { readonly problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'not JSON' }
  }
  const frame = FRAMES[expected]
  if (frame.Check(value)) return value
  const [first] = frame.Errors(value)
  return { problem: `no valid ${expected} frame: ${first?.instancePath ?? ''} ${first?.message ?? ''}` }
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
