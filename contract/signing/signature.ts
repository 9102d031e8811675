import { createHash, createHmac } from 'node:crypto'
import { ALGORITHM } from './authorization.ts'

export function sha256Hex(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Algorithm, date and hash of the canonical request: what the HMAC is made over. */
export function stringToSign(sdkDate: string, canonical: string): string {
  return `${ALGORITHM}\n${sdkDate}\n${sha256Hex(canonical)}`
}

/** Hex HMAC-SHA256 with the secret key itself: this variant derives none. */
export function signatureOf(secretKey: string, text: string): string {
  return createHmac('sha256', secretKey).update(text).digest('hex')
}

/** `20260521T080000Z` */
export function renderSdkDate(at: Date): string {
  return at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}

const SDK_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/** Undefined for anything but a real instant in the form of `X-Sdk-Date`. */
export function parseSdkDate(text: string): Date | undefined {
  const found = SDK_DATE.exec(text)
  if (!found) return undefined
  const [, year, month, day, hour, minute, second] = found
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at.getTime()) || renderSdkDate(at) !== text ? undefined : at
}
