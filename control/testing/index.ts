export { type TestDatabase, testDatabase } from './database.ts'
export { FakeHost, type HostEvents, type HostFaults } from './host.ts'
export { type LogLine, type RecordingLog, recordingLog, silentLog } from './log.ts'
export { FLEET, type FleetOptions, insertFleet, type TestFleet } from './world.ts'
