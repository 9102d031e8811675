import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { patienceOf, RULES, rulesOf, transition } from './rules.ts'
import { type Failure, isEnd, type Move, TASK_TIMING, type Task, type TaskEvent } from './task.ts'

const OLD = 'boot-1'
const NEW = 'boot-2'

function task(kind: keyof typeof RULES, state: string, over: Partial<Task> = {}): Task {
  return {
    id: 't',
    subJobId: null,
    jobId: null,
    projectId: 'p',
    serverId: 's',
    kind,
    state,
    request: { type: 'SOFT', hasPlug: true, enable: true, byHand: false },
    bootId: OLD,
    attempt: 1,
    phase: 'running',
    refusal: null,
    failure: null,
    ...over,
  }
}

function next(from: Task, event: TaskEvent): string | undefined {
  const move = transition(from, event, TASK_TIMING)
  return move && `${move.state} ${move.attempt}${move.isPause ? ' later' : ''}`
}

/** As the store writes a move. */
function after(from: Task, move: Move): Task {
  const phase: Task['phase'] = move.isPause ? 'pausing' : 'running'
  return { ...from, refusal: null, ...move, phase } as Task
}

const acted: TaskEvent = { type: 'acted' }
const deadline: TaskEvent = { type: 'deadline' }
const failure: Failure = { word: 'lifecycle.host_refused', facts: { detail: 'no' } }
const refused: TaskEvent = { type: 'refused', failure }
const linked = (bootId: string): TaskEvent => ({ type: 'linked', bootId })
const observed = (bootId: string): TaskEvent => ({
  type: 'observed',
  bootId,
  generation: 1,
  error: null,
  probe: 'not_yet',
})

/** Every state of every kind, with an event for each way it can go. */
const ALL = Object.entries(RULES).flatMap(([kind, { states }]) =>
  Object.keys(states).map((state) => [kind as keyof typeof RULES, state] as const),
)
const EVENTS = [
  acted,
  deadline,
  refused,
  { type: 'impossible', failure },
  linked(OLD),
  linked(NEW),
  observed(NEW),
] as const

describe('every kind of task', () => {
  for (const [kind, state] of ALL) {
    it(`${kind} in ${state} goes only where there is a state, and ends in time when nobody answers`, () => {
      const { states } = rulesOf(kind)
      for (const event of EVENTS) {
        const move = transition(task(kind, state), event, TASK_TIMING)
        assert.ok(move === undefined || isEnd(move.state) || move.state in states, JSON.stringify(move))
      }
      let at = task(kind, state)
      for (let steps = 0; !isEnd(at.state); steps += 1) {
        assert.ok(steps < 30, `still in ${at.state}`)
        const move = transition(at, deadline, TASK_TIMING) ?? assert.fail(`${at.state} waits for ever`)
        assert.ok(isEnd(move.state) || (patienceOf(at, move, TASK_TIMING) ?? 0) > 0)
        at = after(at, move)
      }
      assert.equal(at.state, 'failed')
      assert.ok(at.failure, 'it says why')
    })

    it(`${kind} in ${state} tries three times what is refused, with pauses between`, () => {
      let at = task(kind, state)
      const pauses: boolean[] = []
      for (let tries = 0; tries < 3; tries += 1) {
        const move = transition(at, refused, TASK_TIMING)
        // a state that waits for the agent does nothing that could be refused
        if (!move) return
        pauses.push(move.isPause === true)
        at = after(at, move)
        if (!move.isPause) break
        at = after(at, transition(at, deadline, TASK_TIMING) ?? assert.fail())
      }
      assert.deepEqual(pauses, [true, true, false])
      assert.notEqual(at.state, state)
      assert.deepEqual(at.failure, failure)
    })
  }

  it('counts tries alone, and tells what was refused rather than that nobody answered', () => {
    for (const [events, tells] of [
      ['drdrd', 'no'],
      ['ddrdd', 'no'],
      ['rdddd', 'no'],
      ['ddd', `no answer within ${TASK_TIMING.acting} s`],
    ] as const) {
      let at = task('delete', 'ending_host')
      for (const event of events) {
        if (isEnd(at.state)) break
        at = after(at, transition(at, event === 'd' ? deadline : refused, TASK_TIMING) ?? assert.fail())
      }
      assert.deepEqual([at.state, at.failure?.facts.detail], ['failed', tells], events)
    }
  })

  it('is tried for the first time however long its turn in the queue takes', () => {
    const queued = task('delete', 'ending_host', { phase: 'queued', refusal: failure })
    assert.deepEqual(transition(queued, deadline, TASK_TIMING), {
      ...{ state: 'ending_host', attempt: 1, failure: null, refusal: failure },
    })
    assert.equal(next(queued, acted), 'freeing_addresses 1')
  })

  it('forgets events at its end', () => {
    for (const kind of Object.keys(RULES) as (keyof typeof RULES)[]) {
      for (const state of ['done', 'failed']) {
        for (const event of EVENTS) assert.equal(next(task(kind, state), event), undefined)
      }
    }
  })

  it('has to be known', () => {
    assert.throws(() => rulesOf('explode'), /no kind of task 'explode'/)
    assert.throws(() => rulesOf('constructor'), /no kind of task/)
  })
})

describe('a reboot', () => {
  it('SOFT goes through the agent to another boot', () => {
    assert.equal(next(task('reboot', 'reboot_pending'), acted), 'reboot_started 1')
    assert.equal(next(task('reboot', 'reboot_started'), acted), 'rebooting 1')
    assert.equal(next(task('reboot', 'rebooting'), linked(OLD)), undefined)
    for (const event of [linked(NEW), observed(NEW)]) assert.equal(next(task('reboot', 'rebooting'), event), 'done 1')
  })

  it('SOFT falls back on the plug, where there is one', () => {
    const byHand = { request: { type: 'SOFT', hasPlug: false } }
    for (const [state, event] of [
      ['reboot_started', { type: 'impossible' }],
      ['rebooting', deadline],
    ] as const) {
      assert.equal(next(task('reboot', state), event), 'reboot_started_hard 1')
      assert.equal(next(task('reboot', state, byHand), event), 'failed 1')
    }
  })

  it('is done by whoever has rebooted the host before it was told to', () => {
    for (const state of ['reboot_started', 'reboot_started_hard', 'rebooting_hard']) {
      assert.equal(next(task('reboot', state), linked(NEW)), 'done 1')
      assert.equal(next(task('reboot', state), linked(OLD)), undefined)
    }
  })
})

describe('a creation', () => {
  it('makes no host where somebody brings it, and waits longer', () => {
    const byHand = task('create', 'networking', { request: { enable: true, byHand: true } })
    assert.equal(next(byHand, acted), 'updating_sid 1')
    assert.equal(next(task('create', 'networking'), acted), 'spawning 1')
    const waits = transition(byHand, acted, TASK_TIMING) ?? assert.fail()
    assert.equal(patienceOf(byHand, waits, TASK_TIMING), TASK_TIMING.enrollingByHand)
  })

  it('is handed over where its sessions shall have addresses', () => {
    assert.equal(rulesOf('create').ends.done(task('create', 'done')), 'handed_over')
    const plain = task('create', 'done', { request: { enable: false, byHand: false } })
    assert.partialDeepStrictEqual(rulesOf('create').ends.done(plain), { status: 'REGISTERED', vmStatus: 'ACTIVE' })
  })

  it('keeps its first failure while it cleans up', () => {
    const cleaning = task('create', 'cleaning', { failure, attempt: 3 })
    const other: Failure = { word: 'lifecycle.boot_lost', facts: {} }
    for (const event of [acted, deadline, { type: 'refused', failure: other } as const]) {
      const move = transition(cleaning, event, TASK_TIMING)
      assert.deepEqual([move?.state, move?.failure], ['failed', failure])
    }
  })
})
