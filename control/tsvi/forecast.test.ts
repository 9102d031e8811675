import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Forecast, type ForecastInput, forecast, sumBySubnet } from './forecast.ts'

const NETWORK = { cidr: '10.1.0.0/24', gateway_ip: '10.1.0.1', managed_uids: { first: 20_000, last: 29_999 } }
const TWO = ['10.1.0.4', '10.1.0.5']
const ON = { enable: true, addresses: TWO, ...NETWORK }

const IN_LINE: ForecastInput = {
  standing: { enable: true, inDoubt: false, current: ON, isApplied: true },
  enable: true,
  count: 2,
  owned: TWO,
  rebootPolicy: 'on_change',
  sessions: 5,
}

const NOTHING = { changes: false, reboots: false, sessionsAffected: 0, needed: 0, leaving: 0 }

const TABLE: readonly (readonly [
  name: string,
  input: Partial<ForecastInput>,
  expected: Partial<Forecast>,
  reason: RegExp,
])[] = [
  ['in line', {}, NOTHING, /as it shall be/],
  [
    'new',
    { standing: { enable: false, inDoubt: false, current: null, isApplied: true }, owned: [] },
    { changes: true, reboots: true, sessionsAffected: 5, needed: 2, leaving: 0 },
    /switched on/,
  ],
  [
    'to be switched off',
    { enable: false },
    { changes: true, reboots: true, sessionsAffected: 5, needed: 0, leaving: 2 },
    /switched off/,
  ],
  [
    'to grow, without a reboot',
    { count: 4, rebootPolicy: 'if_needed' },
    { changes: true, reboots: false, sessionsAffected: 0, needed: 2, leaving: 0 },
    /has 2 .* shall have 4/,
  ],
  [
    'to shrink, without a reboot',
    { count: 1, rebootPolicy: 'if_needed' },
    { changes: true, reboots: false, sessionsAffected: 1, needed: 0, leaving: 1 },
    /has 2 .* shall have 1/,
  ],
  ['in doubt', { standing: { ...IN_LINE.standing, inDoubt: true } }, { changes: true, needed: 0 }, /failed/],
  ['not confirmed', { standing: { ...IN_LINE.standing, isApplied: false } }, { changes: true, needed: 0 }, /confirmed/],
]

describe('the forecast for a server', () => {
  for (const [name, input, expected, reason] of TABLE) {
    it(name, () => {
      const found = forecast({ ...IN_LINE, ...input })
      assert.partialDeepStrictEqual(found, expected)
      assert.match(found.reason, reason)
    })
  }
})

it('what is needed is summed for each subnet', () => {
  const demands = [
    { subnetId: 'a', needed: 2 },
    { subnetId: 'b', needed: 0 },
    { subnetId: 'a', needed: 3 },
  ]
  assert.deepEqual(sumBySubnet(demands), [
    { subnetId: 'a', needed: 5 },
    { subnetId: 'b', needed: 0 },
  ])
})
