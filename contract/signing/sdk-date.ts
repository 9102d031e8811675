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

/** The day of an `X-Sdk-Date`, as scopes write it. */
export function dayOf(sdkDate: string): string {
  return sdkDate.slice(0, 8)
}
