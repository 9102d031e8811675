/**
 * Central defaults of the tenant configuration (contract 7.2). The value format is not published; `true` and `false`
 * are ours. Virtual IPs are what Berth is installed for, so they are allowed unless a project says otherwise.
 */
export const CONFIGURATION_DEFAULTS: Readonly<Record<string, string>> = {
  IP_VIRTUAL_ENABLE: 'true',
}

/** What is on or off, and can be set as such. */
export const SWITCHES: readonly string[] = ['IP_VIRTUAL_ENABLE']

export function allowsVirtualIp(value: string | null | undefined): boolean {
  return (value ?? CONFIGURATION_DEFAULTS.IP_VIRTUAL_ENABLE) === 'true'
}
