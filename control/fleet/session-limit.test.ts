import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Compile } from 'typebox/compile'
import { VirtualIp } from '../../contract/agent/desired-state.ts'
import { listProducts } from './product.ts'
import { maxExtraSessions, maxSessions, type SessionLimits } from './session-limit.ts'

const XLARGE = 'workspace.appstream.general.xlarge.2'

/** The addresses that a server can be told, one for each session. */
const block = Compile(VirtualIp.properties.addresses)

describe('the sessions of a server', () => {
  const GROUPS: readonly (readonly [name: string, group: Partial<SessionLimits>, sessions: number])[] = [
    ['are those of its package', {}, 10],
    ['are those of its package and the paid extra ones', { extra_session_size: 6 }, 16],
    ['are what the route policy says', { route_policy: { max_session: 4 } }, 4],
    ['may be more than the package has', { route_policy: { max_session: 1024 } }, 1024],
    ['are not added to what the route policy says', { route_policy: { max_session: 4 }, extra_session_size: 6 }, 4],
    ['are those of the package where the policy says 0', { route_policy: { max_session: 0 } }, 10],
    ['are one where nobody knows the package', { product_id: 'gone' }, 1],
  ]
  for (const [name, group, sessions] of GROUPS) {
    it(name, () => {
      assert.equal(maxSessions({ product_id: XLARGE, extra_session_size: 0, route_policy: {}, ...group }), sessions)
    })
  }

  for (const { productId, sessions } of listProducts()) {
    it(`of ${productId} are ${sessions} and fit a route policy`, () => {
      assert.equal(maxSessions({ product_id: productId, extra_session_size: 0, route_policy: {} }), sessions)
    })

    it(`of ${productId} never are more than a server can be told, whatever extra ones are paid`, () => {
      const extra = maxExtraSessions(productId)
      assert.ok(sessions >= 1 && extra >= 0)
      const most = maxSessions({ product_id: productId, extra_session_size: extra, route_policy: {} })
      assert.ok(block.Check(Array(most).fill('10.0.0.1')), `${most} sessions`)
    })
  }
})
