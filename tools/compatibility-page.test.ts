import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OPERATIONS } from '../contract/operations/index.ts'
import { publishedOperations } from '../contract/published/published.ts'
import { renderCompatibilityPage, STATES, stateOf } from './compatibility-page.ts'

const page = renderCompatibilityPage()

describe('the compatibility page', () => {
  it('has each published operation once, and what is here of it', () => {
    for (const { id, method, path } of publishedOperations('workspace-app')) {
      const line = `| ${id} | \`${method} ${path}\` | ${stateOf(id)} |`
      assert.equal(page.split(line).length, 2, line)
    }
  })

  it('counts all 173', () => {
    const counts = STATES.map((state) => Number(new RegExp(`^\\| ${state} \\| (\\d+) \\|$`, 'm').exec(page)?.[1]))
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      173,
    )
    assert.ok(counts.every((count) => Number.isInteger(count)))
  })

  it('knows what is implemented, what only answers that it is not, and what is not there', () => {
    assert.equal(stateOf('BatchUpdateTsvi'), 'implemented')
    assert.equal(stateOf('CreateBucketOrAcl'), 'not there')
    for (const id of ['CreateOrder', 'ShowServerVnc']) assert.equal(stateOf(id), 'documented error')
    for (const { id, availability } of OPERATIONS) {
      assert.equal(stateOf(id), availability === 'refused' ? 'documented error' : 'implemented')
    }
  })

  it('names our additions', () => {
    assert.match(page, /\| CreateServerGroup \| `body\.reboot_policy` \|/)
  })

  it('leads from a reason to its decision', () => {
    assert.match(
      page,
      /\| A busy server is a conflict everywhere: \[0034\]\(\.\.\/decisions\/0034-[a-z0-9-]+\.md\)\. \|/,
    )
  })

  it('has the operations of the desktops beside the service', () => {
    assert.match(page, /^\| Workspace \(desktops\)[^|]* \| 5 \| [^|]*\bListTenantConfigs\b/m)
  })
})
