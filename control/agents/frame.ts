import { createPublicKey, verify } from 'node:crypto'
import { Compile } from 'typebox/compile'
import { Hello, helloText, Observed, type SessionState, Sessions } from '../../contract/agent/messages.ts'
import { Metrics } from '../../contract/agent/metrics.ts'
import type { Agent } from './agent.store.ts'

const hello = Compile(Hello)
const observed = Compile(Observed)
const sessions = Compile(Sessions)
const metrics = Compile(Metrics)

/** Why a frame of an agent is refused; the link ends and the reason is logged. */
export class FrameRefused extends Error {
  override readonly name = 'FrameRefused'
}

/** A frame as the socket delivers it: text, or undefined when it was binary. */
export type FrameText = string | undefined

function parse(text: FrameText): unknown {
  if (text === undefined) throw new FrameRefused('a binary frame; all frames are text')
  try {
    return JSON.parse(text)
  } catch {
    throw new FrameRefused('the frame is not JSON')
  }
}

export function readHello(text: FrameText): Hello {
  const frame = parse(text)
  if (hello.Check(frame)) return frame
  throw new FrameRefused('the first frame is no hello')
}

/** The agent proves with its key that it is this server, on this connection, in this boot. Returns the key. */
export function checkHello(frame: Hello, nonce: string, agent: Agent | undefined): string {
  if (!agent?.public_key) throw new FrameRefused(`server ${frame.server_id} is not enrolled`)
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: agent.public_key }, format: 'jwk' })
  const signature = Buffer.from(frame.signature, 'base64url')
  if (verify(null, Buffer.from(helloText(nonce, frame)), key, signature)) return agent.public_key
  throw new FrameRefused(`the signature of server ${frame.server_id} does not fit its key`)
}

/** What has been established on a connection so far. */
export interface LinkState {
  readonly serverId: string
  readonly bootId: string
  readonly linkNumber: number
  readonly lastSeq: number
  readonly appliedGeneration: number
  /** The newest generation this connection was sent. */
  readonly sentGeneration: number
  /** The list of sessions that the last report began and did not end; null when there is nothing to go on with. */
  readonly openList: SessionList | null
  /** The maintenance mark this connection was sent; undefined when none, as to an agent that does not know it. */
  readonly sentMaintenance: boolean | undefined
}

/** The sessions of a host, on the way from several frames. */
export interface SessionList {
  readonly count: number
  readonly sessions: readonly SessionState[]
}

/** Reads a report; refuses one that is malformed, of another server or boot, repeated, old, or of the future. */
export function readReport(text: FrameText, link: LinkState): Observed | Sessions | Metrics {
  const frame = parse(text)
  if (isMetrics(frame)) {
    if (metrics.Check(frame)) return frame
    throw new FrameRefused('the frame does not fit the schema of metrics')
  }
  if (sessions.Check(frame)) {
    checkSpeaker(frame, link)
    return frame
  }
  if (!observed.Check(frame)) throw new FrameRefused('the frame fits neither the schema of observed nor of sessions')
  checkSpeaker(frame, link)
  if (frame.generation < link.appliedGeneration) {
    throw new FrameRefused(`generation ${frame.generation} after ${link.appliedGeneration} was applied`)
  }
  if (frame.generation > link.sentGeneration) {
    throw new FrameRefused(`generation ${frame.generation} was never sent; the newest is ${link.sentGeneration}`)
  }
  return frame
}

function checkSpeaker(frame: Observed | Sessions, link: LinkState): void {
  if (frame.server_id !== link.serverId) throw new FrameRefused(`the frame speaks for server ${frame.server_id}`)
  if (frame.boot_id !== link.bootId) throw new FrameRefused('the frame is of another boot than the hello')
  if (frame.seq <= link.lastSeq) throw new FrameRefused(`seq ${frame.seq} after ${link.lastSeq}: repeated or replayed`)
}

/** The list after this frame, whole or not; a new report begins a new one, whatever became of the last. */
export function listAfter(frame: Observed | Sessions, open: SessionList | null): SessionList {
  if (frame.type === 'sessions' && open === null) {
    throw new FrameRefused('the frame goes on with a list of sessions that no report began')
  }
  const count = frame.type === 'observed' ? frame.session_count : (open?.count ?? 0)
  const named = frame.type === 'observed' ? frame.sessions : [...(open?.sessions ?? []), ...frame.sessions]
  if (named.length > count) throw new FrameRefused('the frame names more sessions than it counts')
  if (new Set(named.map((session) => session.session_id)).size < named.length) {
    throw new FrameRefused('the frame names a session twice')
  }
  return { count, sessions: named }
}

function isMetrics(frame: unknown): boolean {
  return typeof frame === 'object' && frame !== null && 'type' in frame && frame.type === 'metrics'
}
