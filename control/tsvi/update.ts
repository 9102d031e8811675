import type { VirtualIp } from '../../contract/agent/desired-state.ts'
import type { SubJobErrorWord } from '../../contract/errors.ts'
import { UPDATE_STEPS } from '../../contract/operations/jobs/job.ts'

/**
 * The life of one server's update. A state is a row before it is an action; `drive.service.ts` runs the action of a
 * state (again after a crash), and what comes of it is an event. Who holds the server waits for nothing else.
 *
 *   planned ──▶ reserving ──▶ opening_port ──▶ configuring ──▶ rebooting ──▶ verifying ──▶ done
 *      │  └──── switching off ────────────────────▲   └─ no reboot ──▶──────────▲ │           ▲
 *      └─ nothing to change ─▶ done                                              └▶ releasing ─┘
 *
 *   a failure before the agent was told anything:  ──▶ releasing ──▶ failed
 *   a failure after it:              ──▶ undoing ──▶ releasing ──▶ failed
 *
 * `undoing` tells the agent the former configuration and waits until it is applied, because an address may be given
 * to somebody else only when nobody uses it. If the agent stays away, the update fails and the addresses stay the
 * server's own: the next update uses them, or they are released when the agent has applied the former configuration.
 */
export const UPDATE_STATES = UPDATE_STEPS
export type UpdateState = (typeof UPDATE_STATES)[number]

export function isEnd(state: UpdateState): boolean {
  return state === 'done' || state === 'failed'
}

export interface Failure {
  readonly word: SubJobErrorWord
  readonly facts: Readonly<Record<string, unknown>>
}

export interface Update {
  /** The sub-job's own: an update is what its sub-job does. */
  readonly id: string
  readonly jobId: string
  readonly projectId: string
  readonly serverId: string
  readonly state: UpdateState
  /** What the server shall have afterwards. */
  readonly enable: boolean
  /** What it had before; null until planned, and when it never had anything. */
  readonly former: VirtualIp | null
  /** Generation of the desired state the agent has to report; null until it was told anything. */
  readonly generation: number | null
  /** Boot id the reboot has to change; null until a reboot was asked for. */
  readonly bootId: string | null
  /** Which try of this state, from 1. */
  readonly attempt: number
  /** How often addresses were claimed for it: of two that read the same number, one may. */
  readonly claims: number
  readonly deadlineAt: Date | null
  /** Why it will end as `failed`. */
  readonly failure: Failure | null
}

export type UpdateEvent =
  | { readonly type: 'unchanged' }
  | { readonly type: 'changed' }
  | { readonly type: 'reserved' }
  | { readonly type: 'exhausted'; readonly subnetId: string; readonly free: number; readonly needed: number }
  | { readonly type: 'port_set' }
  | { readonly type: 'port_refused'; readonly portId: string; readonly detail: string }
  | { readonly type: 'linked'; readonly bootId: string }
  | Observation
  | { readonly type: 'undone' }
  | { readonly type: 'deadline' }

export interface Observation {
  readonly type: 'observed'
  readonly generation: number
  readonly bootId: string
  readonly error: string | null
  readonly probe: ProbeResult
  /** Whether the group's reboot policy lets this host do without one. */
  readonly rebootNeeded: boolean
  /** Whether the server owns addresses beyond those the agent was told; asked once it is configured. */
  readonly hasSurplus: boolean
}

/** A report without the result of a probe that was asked for proves nothing yet. */
export type ProbeResult =
  | 'not_asked'
  | 'not_yet'
  | { readonly address: string; readonly seen: string | null; readonly detail: string }

/** How long each waiting state may take, in seconds. */
export interface Timing {
  readonly openingPort: number
  readonly configuring: number
  readonly rebooting: number
  readonly verifying: number
  readonly undoing: number
  readonly releasing: number
}

export const DEFAULT_TIMING: Timing = {
  openingPort: 60,
  configuring: 60,
  rebooting: 300,
  verifying: 120,
  undoing: 60,
  releasing: 60,
}

/** How long an update may wait in each state that waits, in seconds. */
export function patience(timing: Timing): ReadonlyMap<UpdateState, number> {
  return new Map([
    ['opening_port', timing.openingPort],
    ['configuring', timing.configuring],
    ['rebooting', timing.rebooting],
    ['verifying', timing.verifying],
    ['undoing', timing.undoing],
    ['releasing', timing.releasing],
  ])
}

/** Where an update goes, or undefined when the event means nothing in its state (late, repeated, of another boot). */
export interface Move {
  readonly state: UpdateState
  readonly attempt: number
  readonly deadlineSeconds: number | null
  readonly failure: Failure | null
}

const ATTEMPTS = { rebooting: 2, verifying: 3, openingPort: 3, releasing: 3 } as const

type Rule = (update: Update, event: UpdateEvent, timing: Timing) => Move | undefined

const RULES: Readonly<Record<UpdateState, Rule>> = {
  planned,
  reserving,
  opening_port: openingPort,
  configuring,
  rebooting,
  verifying,
  undoing,
  releasing,
  done: () => undefined,
  failed: () => undefined,
}

/** The whole life cycle as one pure function of state and event. */
export function transition(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  return RULES[update.state](update, event, timing)
}

function planned(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  if (event.type === 'unchanged') return to(update, 'done')
  if (event.type !== 'changed') return undefined
  return update.enable ? to(update, 'reserving') : to(update, 'configuring', timing.configuring)
}

function reserving(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  if (event.type === 'reserved') return to(update, 'opening_port', timing.openingPort)
  if (event.type !== 'exhausted') return undefined
  const { subnetId, free, needed } = event
  return fail(update, { word: 'tsvi.addresses_exhausted', facts: { subnetId, free, needed } }, timing)
}

function openingPort(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  if (event.type === 'port_set') return to(update, 'configuring', timing.configuring)
  if (event.type === 'port_refused') return fail(update, portRefused(event), timing)
  if (event.type !== 'deadline') return undefined
  const detail = `no answer within ${timing.openingPort} s`
  return (
    retry(update, ATTEMPTS.openingPort, timing.openingPort) ??
    fail(update, { word: 'tsvi.port_refused', facts: { portId: '?', detail } }, timing)
  )
}

function configuring(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  if (event.type === 'deadline') return fail(update, agentAway(timing.configuring), timing)
  if (!isAbout(update, event)) return undefined
  if (event.error !== null) return fail(update, agentRefused(event.error), timing)
  return event.rebootNeeded ? to(update, 'rebooting', timing.rebooting) : to(update, 'verifying', timing.verifying)
}

function rebooting(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  if (event.type === 'linked' || event.type === 'observed') {
    const rebooted = update.bootId !== null && event.bootId !== update.bootId
    return rebooted ? to(update, 'verifying', timing.verifying) : undefined
  }
  if (event.type !== 'deadline') return undefined
  const lost: Failure = { word: 'tsvi.reboot_lost', facts: { seconds: timing.rebooting } }
  return retry(update, ATTEMPTS.rebooting, timing.rebooting) ?? fail(update, lost, timing)
}

function verifying(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  if (event.type === 'deadline') return fail(update, agentAway(timing.verifying), timing)
  if (!isAbout(update, event) || event.bootId === update.bootId) return undefined
  if (event.error !== null) return fail(update, agentRefused(event.error), timing)
  if (event.probe === 'not_yet') return undefined
  if (event.probe !== 'not_asked' && event.probe.seen !== event.probe.address) {
    const { address, seen, detail } = event.probe
    const facts = { address, seen: seen ?? `nothing (${detail})` }
    return (
      retry(update, ATTEMPTS.verifying, timing.verifying) ??
      fail(update, { word: 'tsvi.address_not_seen', facts }, timing)
    )
  }
  return event.hasSurplus ? to(update, 'releasing', timing.releasing) : to(update, 'done')
}

function undoing(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  if (event.type === 'deadline') return to(update, 'failed')
  if (event.type === 'undone') return to(update, 'releasing', timing.releasing)
  if (!isAbout(update, event) || event.error !== null) return undefined
  return to(update, 'releasing', timing.releasing)
}

function releasing(update: Update, event: UpdateEvent, timing: Timing): Move | undefined {
  if (event.type === 'port_set') return to(update, update.failure ? 'failed' : 'done')
  if (event.type !== 'deadline' && event.type !== 'port_refused') return undefined
  const again = event.type === 'deadline' ? retry(update, ATTEMPTS.releasing, timing.releasing) : undefined
  if (again) return again
  const detail = event.type === 'port_refused' ? event.detail : `no answer within ${timing.releasing} s`
  const portId = event.type === 'port_refused' ? event.portId : '?'
  return {
    ...to(update, 'failed'),
    failure: update.failure ?? { word: 'tsvi.port_refused', facts: { portId, detail } },
  }
}

function to(update: Update, state: UpdateState, deadlineSeconds: number | null = null): Move {
  return { state, attempt: 1, deadlineSeconds, failure: update.failure }
}

/** The same state once more, or undefined when its tries are used up. */
function retry(update: Update, limit: number, deadlineSeconds: number): Move | undefined {
  if (update.attempt >= limit) return undefined
  return { state: update.state, attempt: update.attempt + 1, deadlineSeconds, failure: update.failure }
}

/** Back to where the server was: over the agent if it was told anything, else straight to the addresses. */
function fail(update: Update, failure: Failure, timing: Timing): Move {
  const next =
    update.generation === null ? to(update, 'releasing', timing.releasing) : to(update, 'undoing', timing.undoing)
  return { ...next, failure }
}

/** True for a report about what this update asked for, or something newer. */
function isAbout(update: Update, event: UpdateEvent): event is Observation {
  return event.type === 'observed' && update.generation !== null && event.generation >= update.generation
}

/** Whether the state has something to do: after a reboot the agent verifies by itself, as it was told before it. */
export function asksForAction({ state, bootId, attempt }: Update): boolean {
  return !isEnd(state) && !(state === 'verifying' && bootId !== null && attempt === 1)
}

function portRefused({ portId, detail }: { portId: string; detail: string }): Failure {
  return { word: 'tsvi.port_refused', facts: { portId, detail } }
}

function agentAway(seconds: number): Failure {
  return { word: 'tsvi.agent_away', facts: { seconds } }
}

function agentRefused(detail: string): Failure {
  return { word: 'tsvi.agent_refused', facts: { detail: detail.slice(0, 300) } }
}
