import { createHmac, hash } from 'node:crypto'

/** Where a derived key is good for: a day, a region and a service. */
export interface Scope {
  /** `20260521` */
  readonly day: string
  readonly region: string
  readonly service: string
}

/** Who signs. Only the derived variant has a scope. */
export interface Credential {
  readonly accessKey: string
  readonly scope: Scope | null
}

type Digest = 'sha256' | 'sm3'

/** How a variant names its credential and what it makes of the secret key. */
interface Keying {
  /** Undefined for text that is not of the variant's form. */
  parse(text: string): Credential | undefined
  render(credential: Credential): string
  /** The key of the HMAC. */
  signingKey(credential: Credential, secretKey: string): string
}

/** What differs between the algorithms; everything else is the same code for all (IAM reference, sections 2.1, 2.3, 2.4). */
export interface Variant {
  readonly digest: Digest
  /** A request header of this name stands in for the hash of the body. */
  readonly contentHeader: string
  readonly form: string
  readonly keying: Keying
}

const PLAIN: Keying = {
  parse: (text) => {
    const [, accessKey] = /^Access=([A-Za-z0-9]{1,128})$/.exec(text) ?? []
    return accessKey === undefined ? undefined : { accessKey, scope: null }
  },
  render: ({ accessKey }) => `Access=${accessKey}`,
  signingKey: (_credential, secretKey) => secretKey,
}

const SCOPED_FORM = /^Credential=([A-Za-z0-9]{1,128})\/(\d{8})\/([A-Za-z0-9_-]{1,64})\/([A-Za-z0-9_-]{1,64})$/

const DERIVED: Keying = {
  parse: (text) => {
    const [, accessKey, day, region, service] = SCOPED_FORM.exec(text) ?? []
    if (accessKey === undefined || day === undefined || region === undefined || service === undefined) return undefined
    return { accessKey, scope: { day, region, service } }
  },
  render: (credential) => `Credential=${credential.accessKey}/${infoOf(credential)}`,
  signingKey: (credential, secretKey) => deriveKey(credential.accessKey, secretKey, infoOf(credential)),
}

function infoOf({ scope }: Credential): string {
  if (scope === null) throw new RangeError('a derived key needs a region and a service')
  return renderScope(scope)
}

/** One block of HKDF with the access key as salt; the HMAC key is the hexadecimal text of it, not its bytes. */
export function deriveKey(accessKey: string, secretKey: string, info: string): string {
  const extracted = createHmac('sha256', accessKey).update(secretKey).digest()
  return createHmac('sha256', extracted).update(info).update(Buffer.of(1)).digest('hex')
}

/** `20260521/cn-north-4/workspace`: in the header and in the string to sign. */
export function renderScope({ day, region, service }: Scope): string {
  return `${day}/${region}/${service}`
}

const SHA256 = { digest: 'sha256', contentHeader: 'x-sdk-content-sha256' } as const
const ACCESS = { form: 'Access=…, SignedHeaders=a;b, Signature=<64 hex digits>', keying: PLAIN } as const
const CREDENTIAL = {
  form: 'Credential=<key>/<yyyymmdd>/<region>/<service>, SignedHeaders=a;b, Signature=<64 hex digits>',
  keying: DERIVED,
} as const

/** Every algorithm that is accepted. A name that is not here is refused. */
export const VARIANTS = {
  'SDK-HMAC-SHA256': { ...SHA256, ...ACCESS },
  'SDK-HMAC-SM3': { digest: 'sm3', contentHeader: 'x-sdk-content-sm3', ...ACCESS },
  'V11-HMAC-SHA256': { ...SHA256, ...CREDENTIAL },
} as const satisfies Readonly<Record<string, Variant>>

export type Algorithm = keyof typeof VARIANTS

export function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(VARIANTS, name)
}

/** Hexadecimal digest; text is taken as the bytes that its characters stand for. */
export function hashHex(digest: Digest, bytes: Buffer | string): string {
  return hash(digest, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, 'hex')
}
