import { newTokenId, type TokenClaims } from '../iam/credential/token.ts'

type Told = Pick<TokenClaims, 'userId' | 'projectId' | 'issuedAt' | 'expiresAt'>

/** Claims of a token by password, as the token API would make them at that moment. */
export function passwordClaims(told: Told & Partial<TokenClaims>): TokenClaims {
  return { methods: ['password'], assumed: null, credentialsAt: told.issuedAt, tokenIds: [newTokenId()], ...told }
}
