export {
  claimAddresses,
  claimMissingCtes,
  countFree,
  listSessionAddresses,
  markLeaving,
  releaseAddresses,
} from './address.store.ts'
export { getSubnet, insertSubnet, insertVpc, requireSubnet, type SubnetRow } from './network.store.ts'
export { embeddedPorts } from './port.embedded.ts'
export { createPort, deletePort, ensurePort, macOf, type NewPort, SubnetExhausted } from './port.service.ts'
export { type PortDriver, PortRefused, type ServerPort } from './port-driver.ts'
