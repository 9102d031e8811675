import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY_KERNEL, type SessionIpPlan } from '../plan/kernel-state.ts'
import { planCleanUp, planSteps } from '../plan/steps.ts'
import { memorySessionIp } from './session-ip.memory.ts'
import { labelOf, renderCommands } from './session-ip-commands.ts'

const ANNA = { uid: 20001, address: '10.1.0.20' }
const BERT = { uid: 20002, address: '10.1.0.21' }
const PLAN: SessionIpPlan = {
  cidr: '10.1.0.0/16',
  gateway: '10.1.0.1',
  managed: { first: 20000, last: 29999 },
  block: ['10.1.0.20', '10.1.0.21'],
  owners: [ANNA],
  bare: [],
}
const ROOT = { agentUid: 0 }

const GUARD = `table inet berth
delete table inet berth
table inet berth {
  set managed { type uid; flags interval; elements = { 20000-29999 }; }
  set pair4 { type uid . ipv4_addr; elements = { 20001 . 10.1.0.20 }; }
  set vip4 { type ipv4_addr; elements = { 10.1.0.20, 10.1.0.21 }; }
  chain output {
    type filter hook output priority filter; policy accept;
    oifname "lo" accept
    meta skuid . ip saddr @pair4 accept
    meta skuid != 0 ip saddr @vip4 counter reject with icmpx admin-prohibited
    meta skuid @managed counter reject with icmpx admin-prohibited
  }
}
`

test('everything for a first session', () => {
  assert.deepEqual(renderCommands(planSteps(PLAN, EMPTY_KERNEL, 'eth0'), ROOT), [
    { run: 'ip', family: '-4', script: 'rule add priority 1500 uidrange 20000-29999 protocol 190 unreachable\n' },
    { run: 'ip', family: '-6', script: 'rule add priority 1500 uidrange 20000-29999 protocol 190 unreachable\n' },
    { run: 'nft', script: GUARD },
    {
      run: 'ip',
      family: '-4',
      script: `addr add 10.1.0.20/32 dev eth0 label eth0:v
route replace unreachable default metric 4294967295 table 120001 protocol 190
route replace 10.1.0.0/16 dev eth0 src 10.1.0.20 table 120001 protocol 190
route replace default via 10.1.0.1 dev eth0 src 10.1.0.20 table 120001 protocol 190
rule add priority 1000 uidrange 20001-20001 protocol 190 lookup 120001
`,
    },
    { run: 'announce', address: '10.1.0.20', nic: 'eth0', gateway: '10.1.0.1' },
  ])
})

test('one session ends, another begins: one script of each tool where the order allows it', async () => {
  const driver = memorySessionIp('10.1.0.9')
  await driver.apply(PLAN)
  const next = { ...PLAN, owners: [BERT], block: [BERT.address, '10.1.0.22'] }
  assert.deepEqual(renderCommands(planSteps(next, await driver.observe(), 'mem0'), ROOT), [
    { run: 'ip', family: '-4', script: 'rule del priority 1000 uidrange 20001-20001 protocol 190 lookup 120001\n' },
    {
      run: 'nft',
      script: `delete element inet berth pair4 { 20001 . 10.1.0.20 }
add element inet berth vip4 { 10.1.0.22 }
delete element inet berth vip4 { 10.1.0.20 }
add element inet berth pair4 { 20002 . 10.1.0.21 }
`,
    },
    { run: 'kill-sockets', address: '10.1.0.20' },
    {
      run: 'ip',
      family: '-4',
      script: `route flush table 120001
addr del 10.1.0.20/32 dev mem0
addr add 10.1.0.21/32 dev mem0 label mem0:v
route replace unreachable default metric 4294967295 table 120002 protocol 190
route replace 10.1.0.0/16 dev mem0 src 10.1.0.21 table 120002 protocol 190
route replace default via 10.1.0.1 dev mem0 src 10.1.0.21 table 120002 protocol 190
rule add priority 1000 uidrange 20002-20002 protocol 190 lookup 120002
`,
    },
    { run: 'announce', address: '10.1.0.21', nic: 'mem0', gateway: '10.1.0.1' },
  ])
})

test('cleaning up', async () => {
  const driver = memorySessionIp('10.1.0.9')
  await driver.apply(PLAN)
  assert.deepEqual(renderCommands(planCleanUp(await driver.observe()), ROOT), [
    { run: 'ip', family: '-4', script: 'rule del priority 1000 uidrange 20001-20001 protocol 190 lookup 120001\n' },
    { run: 'nft', script: 'delete element inet berth pair4 { 20001 . 10.1.0.20 }\n' },
    { run: 'kill-sockets', address: '10.1.0.20' },
    { run: 'ip', family: '-4', script: 'route flush table 120001\naddr del 10.1.0.20/32 dev mem0\n' },
    { run: 'nft', script: 'delete table inet berth\n' },
    { run: 'ip', family: '-4', script: 'rule del priority 1500 uidrange 20000-29999 protocol 190 unreachable\n' },
    { run: 'ip', family: '-6', script: 'rule del priority 1500 uidrange 20000-29999 protocol 190 unreachable\n' },
  ])
})

test('an agent that is not root may send from the addresses as well, empty sets have no elements', () => {
  const commands = renderCommands([{ do: 'load-guard', managed: PLAN.managed, pairs: [], block: [] }], {
    agentUid: 990,
  })
  const script = commands.map((command) => ('script' in command ? command.script : '')).join('')
  assert.match(script, /^ {4}meta skuid != \{ 0, 990 \} ip saddr @vip4 counter reject/m)
  assert.match(script, /^ {2}set pair4 \{ type uid \. ipv4_addr; \}$/m)
})

test('an interface whose name leaves no room for a label has none', () => {
  assert.equal(labelOf('enp129s0f1np1'), 'enp129s0f1np1:v')
  assert.equal(labelOf('enp129s0f1np10'), undefined)
})
