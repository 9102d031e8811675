import type { Ask, Caller, Place } from './test-place.ts'

/**
 * How an operation is called rightly. `ask` is called once for all who are refused and one who is not, and once more for
 * the owner: whatever a call uses up, it makes anew.
 */
export interface Row {
  /** `about` is whom the request is about, where that is a user. */
  readonly ask: (place: Place, about: Caller) => Ask | Promise<Ask>
  /**
   * Without a permission in the contract: `anybody` of the account may; `oneself`: each about itself alone;
   * else about itself, and about others with this action.
   */
  readonly whose?: 'anybody' | 'oneself' | { readonly othersBy: string }
  /** The status of those who may, where the operation is always refused in the end. */
  readonly answer?: number
  /** The status for another account, where it is neither 403 nor 404. */
  readonly elsewhere?: number
}

export type Rows = Readonly<Record<string, Row>>
