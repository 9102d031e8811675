import type { Owner } from '../plan/kernel-state.ts'
import type { Step } from '../plan/steps.ts'

/** Marks rules and routes as ours (`protocol` of iproute2); any number that no routing daemon uses. */
export const PROTOCOL = '190'
export const SESSION_PRIORITY = 1000
export const CATCH_ALL_PRIORITY = 1500
export const GUARD_TABLE = 'berth'
export const GUARD_RULES = 4
/** An interface name with its label must fit 15 characters. */
const LABEL_SUFFIX = ':v'
const LONGEST_LABEL = 15

/** One process to start, or one address to announce. */
export type Command =
  | { readonly run: 'ip'; readonly family: '-4' | '-6'; readonly script: string }
  | { readonly run: 'nft'; readonly script: string }
  | { readonly run: 'kill-sockets'; readonly address: string }
  | { readonly run: 'announce'; readonly address: string; readonly nic: string; readonly gateway: string }

/** Whoever runs the agent, besides root, may send from the addresses: the probe and the announcement do. */
export type RenderOptions = { readonly agentUid: number }

/** Steps of one tool that follow each other become one script: a process costs more than what it does. */
export function renderCommands(steps: readonly Step[], options: RenderOptions): Command[] {
  const commands: Command[] = []
  for (const step of steps) {
    const command = renderStep(step, options)
    const last = commands.at(-1)
    const merged = last === undefined ? undefined : merge(last, command)
    if (merged === undefined) commands.push(command)
    else commands[commands.length - 1] = merged
  }
  return commands
}

export function labelOf(nic: string): string | undefined {
  const label = nic + LABEL_SUFFIX
  return label.length > LONGEST_LABEL ? undefined : label
}

function merge(a: Command, b: Command): Command | undefined {
  if (a.run === 'ip' && b.run === 'ip' && a.family === b.family) return { ...a, script: a.script + b.script }
  if (a.run === 'nft' && b.run === 'nft') return { ...a, script: a.script + b.script }
  return undefined
}

function renderStep(step: Step, options: RenderOptions): Command {
  switch (step.do) {
    case 'add-catch-all':
    case 'delete-catch-all': {
      const { first, last } = step.uids
      const verb = step.do === 'add-catch-all' ? 'add' : 'del'
      const rule = `rule ${verb} priority ${CATCH_ALL_PRIORITY} uidrange ${first}-${last} protocol ${PROTOCOL} unreachable\n`
      return { run: 'ip', family: step.family === 4 ? '-4' : '-6', script: rule }
    }
    case 'add-rule':
    case 'delete-rule':
    case 'flush-table':
    case 'add-address':
    case 'delete-address':
    case 'fill-table':
      return { run: 'ip', family: '-4', script: renderIp(step) }
    case 'kill-sockets':
      return { run: 'kill-sockets', address: step.address }
    case 'announce':
      return { run: 'announce', address: step.address, nic: step.nic, gateway: step.gateway }
    default:
      return { run: 'nft', script: renderNft(step, options) }
  }
}

type IpStep = Extract<
  Step,
  { do: 'add-rule' | 'delete-rule' | 'flush-table' | 'add-address' | 'delete-address' | 'fill-table' }
>

function renderIp(step: IpStep): string {
  switch (step.do) {
    case 'add-rule':
    case 'delete-rule': {
      const verb = step.do === 'add-rule' ? 'add' : 'del'
      const who = `priority ${SESSION_PRIORITY} uidrange ${step.uid}-${step.uid} protocol ${PROTOCOL}`
      return `rule ${verb} ${who} lookup ${step.table}\n`
    }
    case 'flush-table':
      return `route flush table ${step.table}\n`
    case 'add-address': {
      const label = labelOf(step.nic)
      return `addr add ${step.address}/32 dev ${step.nic}${label === undefined ? '' : ` label ${label}`}\n`
    }
    case 'delete-address':
      return `addr del ${step.address}/32 dev ${step.nic}\n`
    case 'fill-table':
      return renderTable(step)
  }
}

/** The unreachable default comes first: an empty or half-filled table would let the user fall through to the host's routes. */
function renderTable({ table, nic, source, cidr, gateway }: Extract<Step, { do: 'fill-table' }>): string {
  const tail = `table ${table} protocol ${PROTOCOL}\n`
  return (
    `route replace unreachable default metric 4294967295 ${tail}` +
    `route replace ${cidr} dev ${nic} src ${source} ${tail}` +
    `route replace default via ${gateway} dev ${nic} src ${source} ${tail}`
  )
}

type NftStep = Extract<
  Step,
  {
    do:
      | 'load-guard'
      | 'delete-guard'
      | 'add-guard-pair'
      | 'delete-guard-pair'
      | 'add-guard-address'
      | 'delete-guard-address'
  }
>

function renderNft(step: NftStep, options: RenderOptions): string {
  switch (step.do) {
    case 'load-guard':
      return renderGuard(step, options)
    case 'delete-guard':
      return `delete table inet ${GUARD_TABLE}\n`
    case 'add-guard-pair':
      return `add element inet ${GUARD_TABLE} pair4 { ${renderPair(step.pair)} }\n`
    case 'delete-guard-pair':
      return `delete element inet ${GUARD_TABLE} pair4 { ${renderPair(step.pair)} }\n`
    case 'add-guard-address':
      return `add element inet ${GUARD_TABLE} vip4 { ${step.address} }\n`
    case 'delete-guard-address':
      return `delete element inet ${GUARD_TABLE} vip4 { ${step.address} }\n`
  }
}

/**
 * Replaces the whole table at once. `meta skuid != …` does not match packets without an owning socket (the last
 * acknowledgements of closed connections, resets); without it peers would hang in LAST-ACK.
 */
function renderGuard(step: Extract<Step, { do: 'load-guard' }>, { agentUid }: RenderOptions): string {
  const { managed, pairs, block } = step
  const hosts = agentUid === 0 ? '0' : `{ 0, ${agentUid} }`
  return `table inet ${GUARD_TABLE}
delete table inet ${GUARD_TABLE}
table inet ${GUARD_TABLE} {
  set managed { type uid; flags interval; elements = { ${managed.first}-${managed.last} }; }
  set pair4 { type uid . ipv4_addr;${renderElements(pairs.map(renderPair))} }
  set vip4 { type ipv4_addr;${renderElements(block)} }
  chain output {
    type filter hook output priority filter; policy accept;
    oifname "lo" accept
    meta skuid . ip saddr @pair4 accept
    meta skuid != ${hosts} ip saddr @vip4 counter reject with icmpx admin-prohibited
    meta skuid @managed counter reject with icmpx admin-prohibited
  }
}
`
}

function renderElements(elements: readonly string[]): string {
  return elements.length === 0 ? '' : ` elements = { ${elements.join(', ')} };`
}

function renderPair({ uid, address }: Owner): string {
  return `${uid} . ${address}`
}
