import { Compile } from 'typebox/compile'
import {
  Challenge,
  Desired,
  Logoff,
  MAX_FRAME_BYTES,
  Maintenance,
  type Observed,
  type SessionState,
  type Sessions,
  Upgrade,
  Welcome,
} from '../../contract/agent/messages.ts'

const FRAMES = {
  challenge: Compile(Challenge),
  welcome: Compile(Welcome),
  wish: {
    desired: Compile(Desired),
    maintenance: Compile(Maintenance),
    logoff: Compile(Logoff),
    upgrade: Compile(Upgrade),
  },
} as const

/** Where a connection stands decides what it may receive; a `wish` is any frame that says what is wanted. */
export type Expected = keyof typeof FRAMES

export type Frame = Challenge | Welcome | Desired | Maintenance | Upgrade | Logoff

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
  return type === 'maintenance' || type === 'upgrade' || type === 'logoff' ? FRAMES.wish[type] : FRAMES.wish.desired
}

/** Room for the largest number that `seq` can become. */
const SEQ = Number.MAX_SAFE_INTEGER

/** The texts of a report: the first has as many sessions as fit, and each further one goes on with them. */
export function renderReport(observed: Omit<Observed, 'seq'>, nextSeq: () => number): readonly string[] {
  const { server_id, boot_id, sessions } = observed
  const more = (part: readonly SessionState[]): Omit<Sessions, 'seq'> => ({
    type: 'sessions',
    server_id,
    boot_id,
    sessions: [...part],
  })
  const first = fitting({ ...observed, sessions: [] }, sessions)
  const texts = [JSON.stringify({ ...observed, sessions: first, seq: nextSeq() })]
  let rest = sessions.slice(first.length)
  while (rest.length > 0) {
    const part = fitting(more([]), rest)
    texts.push(JSON.stringify({ ...more(part), seq: nextSeq() }))
    rest = rest.slice(part.length)
  }
  return texts
}

/** Of these sessions the first that fit into one frame beside the rest of it; one always does, by its schema. */
function fitting(frame: object, sessions: readonly SessionState[]): SessionState[] {
  let room = MAX_FRAME_BYTES - Buffer.byteLength(JSON.stringify({ ...frame, seq: SEQ }))
  const tooMany = sessions.findIndex((session) => {
    room -= Buffer.byteLength(JSON.stringify(session)) + 1
    return room < 0
  })
  return tooMany < 0 ? [...sessions] : sessions.slice(0, tooMany)
}
