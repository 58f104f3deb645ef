import { BlockList, isIP } from 'node:net'

/** Addresses that are not of the public internet: a webhook that points there reaches machines of our own network. */
const NOT_PUBLIC_V4 = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  NOT_PUBLIC_V4.addSubnet(network, bits)
}

/** All that is routed on the public internet begins so; but for what carries an address of version 4, or stands in books. */
const PUBLIC_V6 = new BlockList()
PUBLIC_V6.addSubnet('2000::', 3, 'ipv6')
const NOT_PUBLIC_V6 = new BlockList()
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  NOT_PUBLIC_V6.addSubnet(network, bits, 'ipv6')
}

/** Whether an address is private, of this machine, of a link, shared, reserved, or no address at all. */
export function isPrivateAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return NOT_PUBLIC_V4.check(address)
  // A zone names an interface of this machine.
  if (version !== 6 || address.includes('%')) return true
  return !PUBLIC_V6.check(address, 'ipv6') || NOT_PUBLIC_V6.check(address, 'ipv6')
}
