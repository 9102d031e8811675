import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findPasswordFault } from './password-rule.ts'

const OWNER = { email: 'Ann@Example.com', phone: '5550123' }

describe('a new password', () => {
  for (const password of ['abc123', 'ABCdef', 'a!b!c!', `${'A'.repeat(31)}1`, '密码密码ab', '      1']) {
    it(`may be ${JSON.stringify(password)}`, () => assert.equal(findPasswordFault(password, OWNER), undefined))
  }

  const FAULTS: readonly (readonly [password: string, fault: RegExp])[] = [
    ['abc12', /6 to 32/],
    ['A1'.repeat(17), /6 to 32/],
    ['🙂🙂🙂a1', /6 to 32/],
    ['abcdefgh', /two kinds/],
    ['12345678', /two kinds/],
    ['xann@example.comX1', /e-mail/],
    ['my5550123', /phone/],
  ]
  for (const [password, fault] of FAULTS) {
    it(`is refused when it is ${password}`, () => assert.match(findPasswordFault(password, OWNER) ?? '', fault))
  }

  it('has nothing to contain where neither address nor phone is known', () => {
    assert.equal(findPasswordFault('abc123', { email: '', phone: '' }), undefined)
  })
})
