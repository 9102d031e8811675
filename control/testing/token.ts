import { newTokenId, type TokenClaims } from '../iam/credential/token.ts'

type Told = Pick<TokenClaims, 'userId' | 'projectId' | 'issuedAt' | 'expiresAt'>

/** What a user has of whom neither password nor keys ever changed: the default of the column. */
const NOTHING_CHANGED = new Date(0)

/** Claims of a token by password, as the token API would make them at that moment. */
export function passwordClaims(told: Told & Partial<TokenClaims>): TokenClaims {
  return { methods: ['password'], assumed: null, credentialsAt: NOTHING_CHANGED, tokenIds: [newTokenId()], ...told }
}
