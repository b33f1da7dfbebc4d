import { type ConntrackdConfig, checkConfig, parseConfig, renderConfig, type UdpLink } from 'conntrackd-config';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const whole = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const path = fc.stringMatching(/^\/[A-Za-z0-9._+@~-]{1,40}$/);
const interfaceName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/);
const ipv4 = fc.ipV4();
const ipv6 = fc
  .tuple(...Array.from({ length: 8 }, () => fc.integer({ min: 0, max: 0xffff })))
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));
const cidr = fc.oneof(
  ipv4,
  ipv6,
  fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map((parts) => parts.join('/')),
  fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })).map((parts) => parts.join('/')),
);
const policy = fc.constantFrom('Accept' as const, 'Ignore' as const);
const linkOf = (address: fc.Arbitrary<string>): fc.Arbitrary<UdpLink> =>
  fc.record(
    {
      address,
      destination: address,
      port: fc.integer({ min: 1, max: 65_535 }),
      interface: interfaceName,
      sndSocketBuffer: whole,
      rcvSocketBuffer: whole,
      checksum: fc.boolean(),
    },
    { requiredKeys: ['address', 'destination', 'port', 'interface'] },
  );

const config: fc.Arbitrary<ConntrackdConfig> = fc.record({
  sync: fc.record(
    {
      mode: fc.record(
        {
          kind: fc.constant('FTFW' as const),
          resendQueueSize: whole,
          ackWindowSize: whole,
          disableExternalCache: fc.boolean(),
          startupResync: fc.boolean(),
        },
        { requiredKeys: ['kind'] },
      ),
      udp: fc.uniqueArray(fc.oneof(linkOf(ipv4), linkOf(ipv6)), {
        minLength: 1,
        maxLength: 4,
        selector: ({ port }) => port,
      }),
      options: fc.record({ tcpWindowTracking: fc.boolean() }, { requiredKeys: [] }),
    },
    { requiredKeys: ['mode', 'udp'] },
  ),
  general: fc.record(
    {
      systemd: fc.boolean(),
      scheduler: fc.record({
        type: fc.constantFrom('RR' as const, 'FIFO' as const),
        priority: fc.integer({ min: 0, max: 99 }),
      }),
      hashSize: whole,
      hashLimit: whole,
      logFile: fc.oneof(fc.boolean(), path),
      syslog: fc.boolean(),
      lockFile: path,
      netlinkBufferSize: whole,
      netlinkBufferSizeMaxGrowth: whole,
      netlinkOverrunResync: fc.boolean(),
      netlinkEventsReliable: fc.boolean(),
      unix: fc.record({ path }),
      filter: fc.record(
        {
          from: fc.constantFrom('Userspace' as const, 'Kernelspace' as const),
          protocol: fc.record({
            policy,
            protocols: fc.array(
              fc.constantFrom('TCP' as const, 'UDP' as const, 'ICMP' as const, 'IPv6-ICMP' as const),
              {
                minLength: 1,
              },
            ),
          }),
          address: fc.record({ policy, addresses: fc.array(cidr, { minLength: 1 }) }),
        },
        { requiredKeys: ['from'] },
      ),
    },
    { requiredKeys: ['unix'] },
  ),
});

test('what is written is read as it was', () => {
  fc.assert(
    fc.property(config, (wanted) => {
      fc.pre(checkConfig(wanted).length === 0);
      expect(parseConfig(renderConfig(wanted))).toEqual({ kind: 'config', config: wanted });
    }),
  );
});

test('a text that was changed is read without throwing, and what is read of it can be judged', () => {
  fc.assert(
    fc.property(config, fc.nat(), fc.constantFrom('', '}', '{', '#', '\n', ' x ', '\0'), (wanted, at, change) => {
      fc.pre(checkConfig(wanted).length === 0);
      const text = renderConfig(wanted);
      const cut = at % text.length;
      const result = parseConfig(text.slice(0, cut) + change + text.slice(cut + 1));
      if (result.kind === 'errors') expect(result.errors.length).toBeGreaterThan(0);
      else expect(Array.isArray(checkConfig(result.config))).toBe(true);
    }),
  );
});
