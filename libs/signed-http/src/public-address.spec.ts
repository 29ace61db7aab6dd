import { describe, expect, it } from '@jest/globals';
import { isPublicAddress, namesPrivateAddress } from './public-address.js';

describe('isPublicAddress', () => {
  it.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:10.0.0.1',
    '::ffff:93.184.216.34',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '::7f00:1',
    '::a00:1',
    '4000::1',
    'no address',
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('namesPrivateAddress', () => {
  it.each([
    ['http://127.0.0.1/', true],
    ['http://0x7f.1/', true],
    ['http://2130706433/', true],
    ['http://[::1]:80/', true],
    ['http://[::ffff:7f00:1]/', true],
    ['http://[::127.0.0.1]/', true],
    ['http://93.184.216.34/', false],
    // A name is looked up when it is connected to.
    ['http://localhost/', false],
  ])('of %s is %s', (url, isPrivate) => {
    expect(namesPrivateAddress(new URL(url))).toBe(isPrivate);
  });
});
