import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measure, type Reading } from '../metrics/measure.ts'
import { linuxMetrics } from './metrics.linux.ts'
import { connectionsOf, cpuOf, disksOf, diskUtil, memoryOf, networkOf } from './metrics-reading.ts'

test('the processors: idle and waiting for disks is not busy, guests are not counted twice', () => {
  const stat = 'cpu  100 10 50 800 40 5 5 0 30 2\ncpu0 1 1 1 1 1 1 1 0 0 0\nintr 7\n'
  assert.deepEqual(cpuOf(stat), { busy: 170, total: 1010 })
  assert.equal(cpuOf('intr 7\n'), null)
})

test('the memory: what is available is not used', () => {
  assert.deepEqual(memoryOf('MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    250 kB\n'), { mem_util: 75 })
  assert.deepEqual(memoryOf('MemFree: 10 kB\n'), {})
})

test('the root file system: what only root may use is not there', () => {
  assert.equal(diskUtil({ blocks: 1000, bfree: 500, bavail: 300 }), 62.5)
})

test('the disks: whole ones, not their partitions, mappers and loops', () => {
  const diskstats = [
    '   8       0 sda 10 0 20 5 30 0 40 6 0 7 8',
    '   8       1 sda1 10 0 20 5 30 0 40 6 0 7 8',
    ' 253       0 dm-0 10 0 20 5 30 0 40 6 0 7 8',
    '   7       0 loop0 10 0 20 5 30 0 40 6 0 7 8',
    ' 259       0 nvme0n1 1 0 2 5 3 0 4 6 0 7 8',
    ' 259       1 nvme0n1p1 1 0 2 5 3 0 4 6 0 7 8',
  ].join('\n')
  assert.deepEqual(disksOf(diskstats), {
    disk_read_requests_rate: 11,
    disk_read_bytes_rate: 22 * 512,
    disk_write_requests_rate: 33,
    disk_write_bytes_rate: 44 * 512,
  })
})

const NET_DEV = [
  'Inter-|   Receive                                                |  Transmit',
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
  '    lo: 9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0',
  '  eth0: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0',
  '  eth1:10 1 0 0 0 0 0 0 20 1 0 0 0 0 0 0',
].join('\n')

test('the network: the interface of the default route, and all but the loopback', () => {
  const route = 'Iface\tDestination\tGateway\neth1\t0000FEA9\t00000000\neth0\t00000000\t0101000A\n'
  assert.deepEqual(networkOf(NET_DEV, route), {
    network_incoming_bytes_aggregate_rate: 110,
    network_outgoing_bytes_aggregate_rate: 220,
    network_incoming_bytes_rate_inband: 100,
    network_outgoing_bytes_rate_inband: 200,
  })
  assert.deepEqual(Object.keys(networkOf(NET_DEV, '')).length, 2)
})

test('the connections: TCP and UDP, of both versions of IP', () => {
  const sockstat = 'sockets: used 9\nTCP: inuse 3 orphan 0 tw 5 alloc 4 mem 1\nUDP: inuse 2 mem 0\nUDPLITE: inuse 8\n'
  assert.deepEqual(connectionsOf({ sockstat, sockstat6: 'TCP6: inuse 4\nUDP6: inuse 1\n' }), {
    network_vm_connections: 10,
  })
})

test('two readings give rates; a counter that began anew gives none', () => {
  const at = (ms: number, busy: number, read: number): Reading => ({
    at: ms,
    cpu: { busy, total: ms },
    gauges: { mem_util: ms / 1000 },
    counters: { disk_read_bytes_rate: read },
  })
  assert.deepEqual(measure(at(0, 0, 100), at(2000, 500, 300)), { cpu_util: 25, mem_util: 2, disk_read_bytes_rate: 100 })
  assert.deepEqual(measure(at(0, 0, 100), at(2000, 500, 50)), { cpu_util: 25, mem_util: 2 })
  assert.deepEqual(measure(at(5, 0, 0), at(5, 0, 0)), {})
})

test('this machine can be read', { skip: process.platform !== 'linux' }, async () => {
  const { cpu, gauges } = await linuxMetrics().read()
  assert.ok(cpu !== null && cpu.busy > 0 && cpu.busy <= cpu.total)
  assert.ok(Number(gauges.mem_util) > 0 && Number(gauges.mem_util) < 100)
  assert.ok(Number(gauges.disk_util_inband) >= 0)
})
