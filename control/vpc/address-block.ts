/** How many of a subnet's addresses the platform keeps for itself at its upper end: DHCP, system and broadcast. */
export const RESERVED_AT_END = 3

/** Subnets get a row per address, so their size is bounded: /16 to /28 (the API's own lower limit). */
export const PREFIX_LIMITS = { shortest: 16, longest: 28 } as const
