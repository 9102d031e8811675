import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../log.ts'
import type { SessionIpPlan } from '../plan/kernel-state.ts'
import { linuxSessionIp } from './session-ip.linux.ts'
import type { SessionIpDriver } from './session-ip.ts'
import { ASK, HOLD, NETWORK, reasonToSkip, type TestNetwork, testNetwork } from './test-network.ts'

const skip = await reasonToSkip()
const ANNA = { uid: 20001, address: '10.231.0.101' }
const BERT = { uid: 20002, address: '10.231.0.102' }
const NOBODY = 20003

const PLAN: SessionIpPlan = {
  cidr: NETWORK.cidr,
  gateway: NETWORK.gateway,
  managed: { first: 20000, last: 29999 },
  block: [ANNA.address, BERT.address, '10.231.0.103'],
  owners: [ANNA, BERT],
  bare: [],
}

function driverOn(network: TestNetwork): SessionIpDriver {
  return linuxSessionIp({
    exec: network.hostExec,
    log: silentLog,
    nic: undefined,
    agentUid: 0,
    greet: async (address, gateway) => {
      const send = `s.bind({address:'${address}'},()=>s.send('',9,'${gateway}',()=>s.close()))`
      await network.runAs(0, `const s=require('node:dgram').createSocket('udp4');${send}`)
    },
  })
}

async function seen(network: TestNetwork, uid: number, from?: string): Promise<{ tcp: string; udp: string }> {
  const prefix = from === undefined ? '' : `globalThis.from='${from}';`
  return JSON.parse(await network.runAs(uid, prefix + ASK))
}

async function dump(network: TestNetwork): Promise<string[]> {
  const commands = ['ip rule', 'ip -6 rule', 'ip route show table all', 'ip -o addr', 'nft list ruleset']
  const texts = commands.map((command) => {
    const [file = '', ...args] = command.split(' ')
    return network.hostExec(file, args)
  })
  return (await Promise.all(texts)).map((text) => text.replaceAll(/packets \d+ bytes \d+/g, ''))
}

test('sessions on a real network', { skip, timeout: 60_000 }, async (t) => {
  await using network = await testNetwork()
  const driver = driverOn(network)
  await driver.apply(PLAN)

  await t.test('two users are seen under their own addresses by TCP and UDP, root under the host’s', async () => {
    assert.deepEqual(await seen(network, ANNA.uid), { tcp: ANNA.address, udp: ANNA.address })
    assert.deepEqual(await seen(network, BERT.uid), { tcp: BERT.address, udp: BERT.address })
    assert.deepEqual(await seen(network, 0), { tcp: NETWORK.host, udp: NETWORK.host })
  })

  await t.test('a managed user without a session has no network', async () => {
    assert.deepEqual(await seen(network, NOBODY), { tcp: 'ENETUNREACH', udp: 'ENETUNREACH' })
    const toLoopback = `const s=require('node:dgram').createSocket('udp4')
      s.bind(0,'127.0.0.1',()=>s.send('x',s.address().port,'127.0.0.1'));s.on('message',()=>{console.log('ok');s.close()})`
    assert.equal((await network.runAs(NOBODY, toLoopback)).trim(), 'ok')
  })

  await t.test('a user can send neither from the host’s address nor from another user’s', async () => {
    for (const from of [NETWORK.host, BERT.address]) {
      const result = await seen(network, ANNA.uid, from)
      assert.deepEqual(result, { tcp: 'EHOSTUNREACH', udp: 'EPERM' }, from)
    }
  })

  await t.test('an address for the probe can be used by root, by no user, and goes away again', async () => {
    const [, , bare = ''] = PLAN.block
    await driver.apply({ ...PLAN, bare: [bare] })
    assert.deepEqual(await seen(network, 0, bare), { tcp: bare, udp: bare })
    assert.deepEqual(await seen(network, 1000, bare), { tcp: 'EHOSTUNREACH', udp: 'EPERM' })
    await driver.apply(PLAN)
    assert.deepEqual(await seen(network, 0, bare), { tcp: 'EADDRNOTAVAIL', udp: 'EADDRNOTAVAIL' })
  })

  await t.test('a neighbour that remembers another host for the address learns better at once', async () => {
    const [, , moved = ''] = PLAN.block
    // An entry this young would otherwise be protected for a second.
    await network.farExec('sh', ['-c', 'echo 0 > /proc/sys/net/ipv4/neigh/eth0/locktime'])
    const wrong = ['lladdr', '02:00:00:00:00:99', 'dev', 'eth0', 'nud', 'reachable']
    await network.farExec('ip', ['neigh', 'replace', moved, ...wrong])
    await driver.apply({ ...PLAN, owners: [...PLAN.owners, { uid: NOBODY, address: moved }] })
    assert.doesNotMatch(await network.farExec('ip', ['neigh', 'show', moved]), /02:00:00:00:00:99/)
    assert.deepEqual(await seen(network, NOBODY), { tcp: moved, udp: moved })
    await driver.apply(PLAN)
  })

  await t.test('connections of an ended session are cut and its address can go to another user', async () => {
    const held = network.startAs(ANNA.uid, HOLD)
    assert.equal(await held.nextLine(), 'open')
    await driver.apply({ ...PLAN, owners: [BERT] })
    assert.match((await held.nextLine()) ?? '', /^cut E/)
    assert.equal(await network.hostExec('ss', ['-H', '-a', '-n', 'src', ANNA.address]), '')
    assert.deepEqual(await seen(network, ANNA.uid), { tcp: 'ENETUNREACH', udp: 'ENETUNREACH' })
    await driver.apply({ ...PLAN, owners: [BERT, { uid: NOBODY, address: ANNA.address }] })
    assert.deepEqual(await seen(network, NOBODY), { tcp: ANNA.address, udp: ANNA.address })
  })

  await t.test('a user who changes at once loses the connections before the next one has the address', async () => {
    const held = network.startAs(NOBODY, HOLD)
    assert.equal(await held.nextLine(), 'open')
    await driver.apply({ ...PLAN, owners: [BERT, ANNA] })
    assert.match((await held.nextLine()) ?? '', /^cut E/)
    assert.deepEqual(await seen(network, ANNA.uid), { tcp: ANNA.address, udp: ANNA.address })
  })

  await t.test('closing connections leaves none half-open at the far end', async () => {
    for (let round = 0; round < 10; round += 1) {
      await network.runAs(
        ANNA.uid,
        `require('node:net').connect(${NETWORK.echoPort},'${NETWORK.gateway}',()=>process.exit())`,
      )
    }
    assert.equal(await network.farExec('ss', ['-H', '-n', '-t', 'state', 'last-ack']), '')
  })
})

test('repair and cleaning up on a real network', { skip, timeout: 60_000 }, async (t) => {
  await using network = await testNetwork()
  const driver = driverOn(network)
  await driver.apply(PLAN)

  await t.test('applying again changes nothing', async () => {
    const once = await dump(network)
    await driver.apply(PLAN)
    assert.deepEqual(await dump(network), once)
    await driverOn(network).apply(PLAN)
    assert.deepEqual(await dump(network), once)
  })

  await t.test(
    'an interface that went down and up loses routes, users stay closed in, the next apply heals',
    async () => {
      await network.hostExec('ip', ['link', 'set', 'eth0', 'down'])
      await network.hostExec('ip', ['link', 'set', 'eth0', 'up'])
      // What is left of the user's table is its unreachable default.
      assert.deepEqual(await seen(network, ANNA.uid), { tcp: 'EHOSTUNREACH', udp: 'EHOSTUNREACH' })
      await driver.apply(PLAN)
      assert.deepEqual(await seen(network, ANNA.uid), { tcp: ANNA.address, udp: ANNA.address })
    },
  )

  await t.test('observes what it made', async () => {
    const kernel = await driver.observe()
    assert.deepEqual(kernel.uidRules.map((rule) => rule.uid).toSorted(), [ANNA.uid, BERT.uid])
    assert.deepEqual(
      kernel.catchAlls.map((each) => each.family),
      [4, 6],
    )
    assert.equal(kernel.guard?.current, true)
  })

  await t.test('cleaning up without memory leaves nothing of ours', async () => {
    await driverOn(network).cleanUp()
    for (const family of ['-4', '-6']) {
      assert.doesNotMatch(await network.hostExec('ip', [family, 'rule']), /uidrange/)
    }
    assert.equal(await network.hostExec('ip', ['route', 'show', 'table', 'all', 'protocol', '190']), '')
    assert.equal(await network.hostExec('nft', ['list', 'ruleset']), '')
    assert.doesNotMatch(await network.hostExec('ip', ['-o', '-4', 'addr']), /10\.231\.0\.10[1-3]/)
    assert.deepEqual(await seen(network, ANNA.uid), { tcp: NETWORK.host, udp: NETWORK.host })
    await driverOn(network).cleanUp()
  })

  await t.test('without an interface in the network users are closed in and the error says so', async () => {
    await assert.rejects(
      driverOn(network).apply({ ...PLAN, cidr: '10.99.0.0/16' }),
      /no network interface .* 10\.99\.0\.0/,
    )
    assert.deepEqual(await seen(network, ANNA.uid), { tcp: 'ENETUNREACH', udp: 'ENETUNREACH' })
  })
})
