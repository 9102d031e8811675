import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DEFAULT_TIMING,
  type Failure,
  type Move,
  type ProbeResult,
  transition,
  UPDATE_STATES,
  type Update,
  type UpdateEvent,
  type UpdateState,
} from './update.ts'

const OLD_BOOT = 'boot-1'
const NEW_BOOT = 'boot-2'

function updateIn(state: UpdateState, over: Partial<Update> = {}): Update {
  return {
    id: 'u',
    jobId: 'j',
    projectId: 'p',
    serverId: 'srv',
    state,
    enable: true,
    former: null,
    generation: null,
    bootId: null,
    attempt: 1,
    claims: 0,
    deadlineAt: null,
    failure: null,
    ...over,
  }
}

function observed(over: Partial<Extract<UpdateEvent, { type: 'observed' }>> = {}): UpdateEvent {
  const probe: ProbeResult = { address: '10.1.0.4', seen: '10.1.0.4', detail: '' }
  return {
    type: 'observed',
    generation: 2,
    bootId: OLD_BOOT,
    error: null,
    probe,
    rebootNeeded: true,
    hasSurplus: false,
    ...over,
  }
}

function move(update: Update, event: UpdateEvent): Move | undefined {
  return transition(update, event, DEFAULT_TIMING)
}

function stateAfter(update: Update, event: UpdateEvent): UpdateState | 'ignored' {
  return move(update, event)?.state ?? 'ignored'
}

/** Follows events from `planned`; each step may note what an action would have noted. */
function walk(start: Partial<Update>, steps: readonly (readonly [UpdateEvent, Partial<Update>?])[]): UpdateState[] {
  let update = updateIn('planned', start)
  return steps.map(([event, noted = {}]) => {
    const next = move(update, event)
    assert.ok(next, `${event.type} was ignored in ${update.state}`)
    update = { ...update, state: next.state, attempt: next.attempt, failure: next.failure, ...noted }
    return update.state
  })
}

describe('the life of an update', () => {
  it('switches on: reserve, open the port, configure, reboot, verify, done', () => {
    const states = walk({}, [
      [{ type: 'changed' }],
      [{ type: 'reserved' }],
      [{ type: 'port_set' }, { generation: 1 }],
      [observed({ generation: 1, probe: 'not_yet' }), { generation: 2, bootId: OLD_BOOT }],
      [{ type: 'linked', bootId: NEW_BOOT }],
      [observed({ bootId: NEW_BOOT })],
    ])
    assert.deepEqual(states, ['reserving', 'opening_port', 'configuring', 'rebooting', 'verifying', 'done'])
  })

  it('switches off: configure, reboot, verify, and only then release', () => {
    const states = walk({ enable: false }, [
      [{ type: 'changed' }, { generation: 1 }],
      [observed({ generation: 1, probe: 'not_asked' }), { generation: 2, bootId: OLD_BOOT }],
      [observed({ bootId: NEW_BOOT, probe: 'not_asked', hasSurplus: true })],
      [observed({ bootId: NEW_BOOT, probe: 'not_asked', hasSurplus: true })],
      [{ type: 'port_set' }],
    ])
    assert.deepEqual(states, ['configuring', 'rebooting', 'verifying', 'releasing', 'done'])
  })

  it('ends at once when there is nothing to change', () => {
    assert.equal(stateAfter(updateIn('planned'), { type: 'unchanged' }), 'done')
  })

  it('leaves the reboot out where the host can do without', () => {
    const update = updateIn('configuring', { generation: 1 })
    assert.equal(stateAfter(update, observed({ rebootNeeded: false })), 'verifying')
  })

  it('releases what the server owns beyond its block, whatever it had before', () => {
    const update = updateIn('verifying', { generation: 2, bootId: OLD_BOOT })
    assert.equal(stateAfter(update, observed({ bootId: NEW_BOOT, hasSurplus: true })), 'releasing')
    assert.equal(stateAfter(update, observed({ bootId: NEW_BOOT })), 'done')
  })
})

describe('a failure', () => {
  const told = { generation: 2, bootId: OLD_BOOT }

  const cases: readonly (readonly [string, Update, UpdateEvent, UpdateState, Failure['word']])[] = [
    [
      'exhausted addresses go straight to failing, nothing was told',
      updateIn('reserving'),
      { type: 'exhausted', subnetId: 'n', free: 1, needed: 4 },
      'releasing',
      'tsvi.addresses_exhausted',
    ],
    [
      'a refused port gives the claim back',
      updateIn('opening_port'),
      { type: 'port_refused', portId: 'p', detail: 'no' },
      'releasing',
      'tsvi.port_refused',
    ],
    [
      'an agent that stays away is undone',
      updateIn('configuring', { generation: 1 }),
      { type: 'deadline' },
      'undoing',
      'tsvi.agent_away',
    ],
    [
      'an agent that cannot apply is undone',
      updateIn('configuring', { generation: 1 }),
      observed({ error: 'no nft' }),
      'undoing',
      'tsvi.agent_refused',
    ],
    [
      'a host lost in the second reboot is undone',
      updateIn('rebooting', { ...told, attempt: 2 }),
      { type: 'deadline' },
      'undoing',
      'tsvi.reboot_lost',
    ],
    [
      'an address seen as another is undone after three tries',
      updateIn('verifying', { ...told, attempt: 3 }),
      observed({ bootId: NEW_BOOT, probe: { address: 'a', seen: 'b', detail: '' } }),
      'undoing',
      'tsvi.address_not_seen',
    ],
    [
      'a silent agent after the reboot is undone',
      updateIn('verifying', told),
      { type: 'deadline' },
      'undoing',
      'tsvi.agent_away',
    ],
    [
      'an agent that fails after the reboot is undone',
      updateIn('verifying', told),
      observed({ bootId: NEW_BOOT, error: 'x' }),
      'undoing',
      'tsvi.agent_refused',
    ],
  ]
  for (const [name, update, event, state, word] of cases) {
    it(name, () => {
      const next = move(update, event)
      assert.equal(next?.state, state)
      assert.equal(next?.failure?.word, word)
    })
  }

  it('retries hard when the soft reboot does not come back', () => {
    assert.deepEqual(move(updateIn('rebooting', told), { type: 'deadline' }), {
      state: 'rebooting',
      attempt: 2,
      deadlineSeconds: DEFAULT_TIMING.rebooting,
      failure: null,
    })
  })

  it('is kept through undoing and releasing', () => {
    const failure: Failure = { word: 'tsvi.agent_away', facts: { seconds: 60 } }
    const undoing = move(updateIn('undoing', { generation: 3, failure }), observed({ generation: 3 }))
    assert.deepEqual([undoing?.state, undoing?.failure], ['releasing', failure])
    const failed = move(updateIn('releasing', { generation: 3, failure }), { type: 'port_set' })
    assert.deepEqual([failed?.state, failed?.failure], ['failed', failure])
  })

  it('keeps the addresses when the agent does not confirm: no release without its word', () => {
    const failure: Failure = { word: 'tsvi.agent_away', facts: {} }
    assert.equal(stateAfter(updateIn('undoing', { generation: 3, failure }), { type: 'deadline' }), 'failed')
    assert.equal(
      stateAfter(updateIn('undoing', { generation: 3, failure }), observed({ generation: 3, error: 'x' })),
      'ignored',
    )
  })

  it('of the port at the very end fails the update with that reason', () => {
    const next = move(updateIn('releasing', { enable: false }), { type: 'port_refused', portId: 'p', detail: 'gone' })
    assert.deepEqual([next?.state, next?.failure?.word], ['failed', 'tsvi.port_refused'])
  })
})

describe('a report that proves nothing is ignored', () => {
  const rebooting = updateIn('rebooting', { generation: 2, bootId: OLD_BOOT })
  const verifying = updateIn('verifying', { generation: 2, bootId: OLD_BOOT })

  it('of an older generation', () => {
    assert.equal(stateAfter(updateIn('configuring', { generation: 5 }), observed({ generation: 4 })), 'ignored')
  })
  it('before anything was told', () => {
    assert.equal(stateAfter(updateIn('configuring'), observed()), 'ignored')
  })
  it('of the boot that was to end', () => {
    assert.equal(stateAfter(rebooting, { type: 'linked', bootId: OLD_BOOT }), 'ignored')
    assert.equal(stateAfter(rebooting, observed()), 'ignored')
    assert.equal(stateAfter(verifying, observed({ bootId: OLD_BOOT })), 'ignored')
  })
  it('a reboot that nobody asked for yet', () => {
    assert.equal(stateAfter(updateIn('rebooting', { generation: 2 }), { type: 'linked', bootId: NEW_BOOT }), 'ignored')
  })
  it('without the result of the probe', () => {
    assert.equal(stateAfter(verifying, observed({ bootId: NEW_BOOT, probe: 'not_yet' })), 'ignored')
  })
})

describe('every pair of state and event', () => {
  const events: readonly UpdateEvent[] = [
    { type: 'unchanged' },
    { type: 'changed' },
    { type: 'reserved' },
    { type: 'exhausted', subnetId: 'n', free: 0, needed: 1 },
    { type: 'port_set' },
    { type: 'port_refused', portId: 'p', detail: 'd' },
    { type: 'linked', bootId: NEW_BOOT },
    observed({ bootId: NEW_BOOT }),
    { type: 'undone' },
    { type: 'deadline' },
  ]
  /** What each state listens to; everything else must leave it where it is. */
  const LISTENS: Readonly<Record<UpdateState, readonly UpdateEvent['type'][]>> = {
    planned: ['unchanged', 'changed'],
    reserving: ['reserved', 'exhausted'],
    opening_port: ['port_set', 'port_refused', 'deadline'],
    configuring: ['observed', 'deadline'],
    rebooting: ['linked', 'observed', 'deadline'],
    verifying: ['observed', 'deadline'],
    undoing: ['observed', 'undone', 'deadline'],
    releasing: ['port_set', 'port_refused', 'deadline'],
    done: [],
    failed: [],
  }
  for (const state of UPDATE_STATES) {
    it(`${state} hears ${LISTENS[state].join(', ') || 'nothing'} and ignores the rest`, () => {
      const update = updateIn(state, { generation: 2, bootId: OLD_BOOT })
      const heard = events.filter((event) => move(update, event) !== undefined).map((event) => event.type)
      assert.deepEqual(heard, LISTENS[state])
    })
  }

  it('every state that waits for somebody else has a deadline', () => {
    const waiting = new Set(['opening_port', 'configuring', 'rebooting', 'verifying', 'undoing', 'releasing'])
    for (const state of UPDATE_STATES) {
      for (const event of events) {
        const next = move(updateIn(state, { generation: 2, bootId: OLD_BOOT }), event)
        if (next) assert.equal(next.deadlineSeconds !== null, waiting.has(next.state), `${state} ${event.type}`)
      }
    }
  })
})
