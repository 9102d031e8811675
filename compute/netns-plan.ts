import { createHash } from 'node:crypto'

/**
 * Names and commands of the network: one namespace with a bridge (the switch), one for each machine and one for the
 * licence server, each on a veth; and one veth into the namespace of the control plane, which holds the gateway's
 * address. Everything of ours begins with `berth`; interface names have 15 characters at most.
 */
export interface NetworkPlan {
  /** Of the state directory: two providers on one machine do not meet. */
  readonly tag: string
  readonly switchNamespace: string
  readonly rootInterface: string
  readonly cidr: string
  readonly gatewayIp: string
}

/** 198.18.0.0/15 is set aside for tests of networks: nobody's real addresses are there. */
export function networkPlan(tag: string, index: number): NetworkPlan {
  return {
    tag,
    switchNamespace: `berth-${tag}-sw`,
    rootInterface: `berth-${index}`,
    cidr: `198.18.${index}.0/24`,
    gatewayIp: `198.18.${index}.1`,
  }
}

export function tagOf(stateDir: string): string {
  return shortHash(stateDir, 6)
}

export function namespaceOf(tag: string, name: string): string {
  return `berth-${tag}-${shortHash(name, 8)}`
}

function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** Makes the veth between the control plane and the switch; the kernel refuses a second interface of the name. */
export function renderRootLink({ rootInterface, switchNamespace }: NetworkPlan): readonly string[] {
  return ['link', 'add', rootInterface, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', switchNamespace]
}

export function renderRootAddress({ rootInterface, gatewayIp }: NetworkPlan): string {
  return `addr add ${gatewayIp}/24 dev ${rootInterface}\nlink set ${rootInterface} up\n`
}

/** For `ip -n SWITCH -batch -`. */
export function renderSwitch(): string {
  return 'link set lo up\nlink add bridge0 type bridge\nlink set bridge0 up\nlink set uplink master bridge0 up\n'
}

export interface Attachment {
  readonly namespace: string
  readonly address: string
}

/** The machine's cable: `eth0` in its namespace, the other end on the switch. */
export function renderCable(plan: NetworkPlan, { namespace }: Attachment): readonly string[] {
  const { switchNamespace } = plan
  return [
    'link',
    'add',
    'eth0',
    'netns',
    namespace,
    'type',
    'veth',
    'peer',
    'name',
    portOf(namespace),
    'netns',
    switchNamespace,
  ]
}

export function renderSwitchPort({ namespace }: Attachment): string {
  return `link set ${portOf(namespace)} master bridge0 up\n`
}

/** For `ip -n NAMESPACE -batch -`. */
export function renderNic(plan: NetworkPlan, { address }: Attachment): string {
  return [
    'link set lo up',
    `addr add ${address}/24 dev eth0`,
    'link set eth0 up',
    `route add default via ${plan.gatewayIp}`,
    '',
  ].join('\n')
}

/** `berth-1a2b3c-deadbeef` → `p-deadbeef` */
export function portOf(namespace: string): string {
  return `p-${namespace.split('-').at(-1)}`
}
