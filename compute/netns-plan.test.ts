import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  namespaceOf,
  networkPlan,
  renderCable,
  renderNic,
  renderRootAddress,
  renderRootLink,
  renderSwitch,
  renderSwitchPort,
  tagOf,
} from './netns-plan.ts'

const PLAN = networkPlan('1a2b3c', 7)
const MACHINE = { namespace: 'berth-1a2b3c-deadbeef', address: '198.18.7.9' }

/** IFNAMSIZ of Linux less the closing zero. */
const LONGEST_INTERFACE = 15

describe('names of the network', () => {
  it('come from the directory: the same for the same, another for another', () => {
    assert.match(tagOf('/a'), /^[0-9a-f]{6}$/)
    assert.equal(tagOf('/a'), tagOf('/a'))
    assert.notEqual(tagOf('/a'), tagOf('/b'))
  })

  it('of namespaces begin with those of their directory, and differ by machine', () => {
    assert.match(namespaceOf('1a2b3c', 'server-1'), /^berth-1a2b3c-[0-9a-f]{8}$/)
    assert.notEqual(namespaceOf('1a2b3c', 'server-1'), namespaceOf('1a2b3c', 'server-2'))
    assert.ok(PLAN.switchNamespace.startsWith('berth-1a2b3c-'))
  })

  it('of interfaces are short enough for the kernel, up to the last subnet', () => {
    const cable = renderCable(PLAN, { ...MACHINE, namespace: namespaceOf('1a2b3c', 'server-1') })
    const names = [networkPlan('1a2b3c', 255).rootInterface, cable[cable.indexOf('name') + 1] ?? '']
    for (const name of names) assert.ok(name.length > 0 && name.length <= LONGEST_INTERFACE, name)
  })
})

describe('a subnet', () => {
  it('is the one of its number, with the gateway first in it', () => {
    assert.equal(PLAN.cidr, '198.18.7.0/24')
    assert.equal(PLAN.gatewayIp, '198.18.7.1')
    assert.equal(PLAN.rootInterface, 'berth-7')
  })
})

describe('commands of the network', () => {
  it('lead from the control plane to the switch', () => {
    assert.equal(renderRootLink(PLAN).join(' '), 'link add berth-7 type veth peer name uplink netns berth-1a2b3c-sw')
    assert.equal(renderRootAddress(PLAN), 'addr add 198.18.7.1/24 dev berth-7\nlink set berth-7 up\n')
  })

  it('hang the uplink on the bridge', () => {
    const lines = renderSwitch().trimEnd().split('\n')
    assert.ok(lines.indexOf('link add bridge0 type bridge') < lines.indexOf('link set uplink master bridge0 up'))
  })

  it('lead from the switch to the machine, by the same name at both ends of the work', () => {
    assert.equal(
      renderCable(PLAN, MACHINE).join(' '),
      'link add eth0 netns berth-1a2b3c-deadbeef type veth peer name p-deadbeef netns berth-1a2b3c-sw',
    )
    assert.equal(renderSwitchPort(MACHINE), 'link set p-deadbeef master bridge0 up\n')
  })

  it('give the machine its address before its route, because the route needs it', () => {
    assert.deepEqual(renderNic(PLAN, MACHINE).split('\n'), [
      'link set lo up',
      'addr add 198.18.7.9/24 dev eth0',
      'link set eth0 up',
      'route add default via 198.18.7.1',
      '',
    ])
  })
})
