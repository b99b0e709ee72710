import { BlockList, isIPv6 } from 'node:net';
import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { runScanner } from '../run-scanner.ts';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4 = new RegExp(`(?<![\\w.])(?:${OCTET}\\.){3}${OCTET}(?!\\w|\\.\\d)`, 'g');
const IPV6 = /(?<![\w:.])[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])/gi;
const LOCAL = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['0.0.0.0', 8],
] as const)
  LOCAL.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
  ['::', 128],
] as const)
  LOCAL.addSubnet(net, bits, 'ipv6');

export const ipAddress = defineCheck({
  name: 'ip-address',
  description: 'IPv4 and IPv6 addresses; private and loopback ones only if asked.',
  redacts: true,
  config: z.strictObject({ private: z.boolean().default(false).describe('Whether private addresses count too.') }),
  create(config) {
    const found = { what: 'an IP address', noun: 'ip' };
    const counts = (address: string, family: 'ipv4' | 'ipv6') => config.private || !LOCAL.check(address, family);
    return [
      runScanner({
        pattern: IPV4,
        inside: /[\w.]/,
        longest: 15,
        judge: ([address]) => (counts(address, 'ipv4') ? found : undefined),
      }),
      runScanner({
        pattern: IPV6,
        inside: /[\w:.]/,
        longest: 51,
        judge: ([address]) =>
          address.indexOf(':') !== address.lastIndexOf(':') && isIPv6(address) && counts(address, 'ipv6')
            ? found
            : undefined,
      }),
    ];
  },
});
