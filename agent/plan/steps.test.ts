import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySessionIp } from '../drivers/session-ip.memory.ts'
import { EMPTY_KERNEL, type SessionIpPlan } from './kernel-state.ts'
import { planCleanUp, planSteps, type Step } from './steps.ts'

const HOST = '10.1.0.9'
const ANNA = { uid: 20001, address: '10.1.0.20' }
const BERT = { uid: 20002, address: '10.1.0.21' }
const PLAN: SessionIpPlan = {
  cidr: '10.1.0.0/16',
  gateway: '10.1.0.1',
  managed: { first: 20000, last: 29999 },
  block: ['10.1.0.20', '10.1.0.21'],
  owners: [],
  bare: [],
}
const brief = (steps: readonly Step[]) => steps.map((step) => step.do)

/** States a host can be brought from and to, among them everything that the agent does in a day. */
const PLANS: readonly SessionIpPlan[] = [
  PLAN,
  { ...PLAN, owners: [ANNA] },
  { ...PLAN, owners: [ANNA, BERT] },
  {
    ...PLAN,
    owners: [
      { uid: ANNA.uid, address: BERT.address },
      { uid: BERT.uid, address: ANNA.address },
    ],
  },
  { ...PLAN, owners: [BERT], bare: [ANNA.address] },
  { ...PLAN, owners: [ANNA], managed: { first: 20000, last: 39999 } },
  { ...PLAN, owners: [{ uid: BERT.uid, address: '10.1.0.30' }], block: ['10.1.0.30'] },
]

test('a first session: closed in before anything else, the rule after everything it needs', () => {
  assert.deepEqual(brief(planSteps({ ...PLAN, owners: [ANNA] }, EMPTY_KERNEL, 'eth0')), [
    'add-catch-all',
    'add-catch-all',
    'load-guard',
    'add-address',
    'fill-table',
    'add-rule',
    'announce',
  ])
})

test('the end of a session: rule, guard, sockets, routes, address, in this order', async () => {
  const driver = memorySessionIp(HOST)
  await driver.apply({ ...PLAN, owners: [ANNA, BERT] })
  assert.deepEqual(planSteps({ ...PLAN, owners: [BERT] }, await driver.observe(), 'mem0'), [
    { do: 'delete-rule', uid: 20001, table: 120001 },
    { do: 'delete-guard-pair', pair: ANNA },
    { do: 'kill-sockets', address: '10.1.0.20' },
    { do: 'flush-table', table: 120001 },
    { do: 'delete-address', address: '10.1.0.20', nic: 'mem0' },
  ])
})

test('nothing to do when all is there', async () => {
  for (const plan of PLANS) {
    const driver = memorySessionIp(HOST)
    await driver.apply(plan)
    assert.deepEqual(planSteps(plan, await driver.observe(), 'mem0'), [])
  }
})

test('a table that lost routes is filled again without touching the rest', async () => {
  const driver = memorySessionIp(HOST)
  const plan = { ...PLAN, owners: [ANNA] }
  await driver.apply(plan)
  const kernel = await driver.observe()
  const routes = kernel.routes.filter((route) => route.kind === 'unreachable')
  assert.deepEqual(brief(planSteps(plan, { ...kernel, routes }, 'mem0')), ['fill-table'])
})

test('an address that changes its user is off the host in between', async () => {
  const driver = memorySessionIp(HOST)
  await driver.apply({ ...PLAN, owners: [ANNA] })
  const moved = { ...PLAN, owners: [{ uid: BERT.uid, address: ANNA.address }] }
  const steps = brief(planSteps(moved, await driver.observe(), 'mem0'))
  assert.ok(steps.indexOf('kill-sockets') < steps.indexOf('delete-address'))
  assert.ok(steps.indexOf('delete-address') < steps.indexOf('add-address'))
})

test('an address whose former user nobody knows is taken off before it is given', async () => {
  const kernel = { ...EMPTY_KERNEL, addresses: [{ address: ANNA.address, nic: 'eth0' }] }
  const steps = brief(planSteps({ ...PLAN, owners: [ANNA] }, kernel, 'eth0'))
  assert.ok(steps.indexOf('kill-sockets') < steps.indexOf('add-address'))
})

/** Fails at this step of the way and looks at what the users can do; false when the way is shorter. */
async function crashAt(step: number, from: SessionIpPlan, to: SessionIpPlan): Promise<boolean> {
  const driver = memorySessionIp(HOST)
  await driver.apply(from)
  if (step > planSteps(to, await driver.observe(), 'mem0').length) return false
  driver.failAt(step, 1)
  await assert.rejects(driver.apply(to))
  const [anna, bert] = [driver.sourceOf(ANNA.uid), driver.sourceOf(BERT.uid)]
  assert.ok(anna === 'unreachable' || anna !== bert, 'two users leave under one address')
  for (const { uid } of [ANNA, BERT]) {
    const rightful = [...from.owners, ...to.owners].filter((owner) => owner.uid === uid).map((owner) => owner.address)
    assert.ok(['unreachable', ...rightful].includes(driver.sourceOf(uid)), `${uid} leaves as ${driver.sourceOf(uid)}`)
  }
  await driver.apply(to)
  for (const { uid } of [ANNA, BERT]) {
    const address = to.owners.find((owner) => owner.uid === uid)?.address
    assert.equal(driver.sourceOf(uid), address ?? 'unreachable')
  }
  assert.deepEqual(planSteps(to, await driver.observe(), 'mem0'), [])
  return true
}

test('a crash between any two steps leaves every user an own address or none, and the next apply ends right', async () => {
  for (const from of PLANS) {
    for (const to of PLANS) {
      let step = 0
      while (await crashAt(step, from, to)) step += 1
      assert.ok(step > 0)
    }
  }
})

test('cleaning up leaves nothing, the catch-all goes last', async () => {
  for (const plan of PLANS) {
    const driver = memorySessionIp(HOST)
    await driver.apply(plan)
    assert.deepEqual(brief(planCleanUp(await driver.observe())).slice(-2), ['delete-catch-all', 'delete-catch-all'])
    await driver.cleanUp()
    assert.deepEqual(await driver.observe(), EMPTY_KERNEL)
    assert.equal(driver.sourceOf(ANNA.uid), HOST)
  }
})
