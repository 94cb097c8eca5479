import { expect, it } from 'vitest'
import { isPublicAddress } from '../../../lib/core/public-address.ts'

it.each(['93.184.216.34', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])(
  '%s is a public address',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

it.each([
  [
    'this machine',
    '0.0.0.0',
    '127.0.0.1',
    '127.255.255.254',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::7f00:1',
  ],
  [
    'a private network',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
  ],
  ['the metadata of AWS', '169.254.169.254', 'fd00:ec2::254', '::ffff:169.254.169.254', '::169.254.169.254'],
  ['a link', '169.254.0.1', 'fe80::1', 'fe80::1%eth0'],
  ['a network shared by customers', '100.64.0.1', '100.127.255.255'],
  ['a group', '224.0.0.1', '239.255.255.255', 'ff02::1', '255.255.255.255'],
  ['a tunnel or translation', '2002:7f00:1::', '2001:0:4136:e378::1', '64:ff9b::127.0.0.1', '::ffff:0:127.0.0.1'],
  [
    'a reserved range',
    '192.0.2.1',
    '198.18.0.1',
    '203.0.113.1',
    '240.0.0.1',
    '2001:db8::1',
    '100::1',
    '1000::1',
    '4000::1',
  ],
  ['nothing', '', 'localhost', 'backend.example', '127.0.0.1:80', '[::1]', '256.0.0.1', '::1::'],
])('an address of %s is not public', (_, ...addresses) => {
  for (const address of addresses) expect(isPublicAddress(address), address).toBe(false)
})
