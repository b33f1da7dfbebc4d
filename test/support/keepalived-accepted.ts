import fc from 'fast-check';
import type { Block, KeepalivedConfig, VirtualAddress, VirtualRule, VrrpInstance } from 'keepalived-config';

/** Configs that keepalived should take on a machine with the interfaces eth0, eth1 and eth2: made of parts that fit together. */
const yes = fc.constant(true as const);
const device = fc.constantFrom('eth0', 'eth1');
const advertInterval = fc.integer({ min: 1, max: 4095 }).map((value) => value / 100);

function optional<T extends object>(
  shape: { [K in keyof T]-?: fc.Arbitrary<NonNullable<T[K]>> },
): fc.Arbitrary<Partial<T>> {
  return fc.record(shape as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [] }) as unknown as fc.Arbitrary<
    Partial<T>
  >;
}

function addresses(net: string, lengths: readonly number[]): fc.Arbitrary<VirtualAddress[]> {
  const one = fc
    .tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom(...lengths), device, fc.boolean())
    .map(([host, length, dev, noTrack]) => ({
      address: `${net}${host}/${length}`,
      device: dev,
      ...(noTrack ? { noTrack: true as const } : {}),
    }));
  return fc.uniqueArray(one, { minLength: 1, maxLength: 4, selector: ({ address }) => address.split('/')[0] });
}

const mark = fc.nat({ max: 14 }).map((group) => ({ value: group * 512, mask: 0x1e00 }));
const rules: fc.Arbitrary<VirtualRule[]> = fc.array(
  fc.record({
    mark,
    table: fc.integer({ min: 1, max: 0xffff }),
    priority: fc.nat({ max: 32000 }),
    family: fc.constantFrom('inet', 'inet6'),
  }),
  { maxLength: 3 },
);

const timers = optional({
  advertInt: advertInterval,
  garpMasterDelay: fc.nat({ max: 100 }),
  garpMasterRepeat: fc.integer({ min: 1, max: 10 }),
  garpMasterRefresh: fc.nat({ max: 100 }),
  garpMasterRefreshRepeat: fc.integer({ min: 1, max: 10 }),
  garpLowerPrioDelay: fc.nat({ max: 100 }),
  garpLowerPrioRepeat: fc.nat({ max: 10 }),
  garpExtraIf: fc.record({ all: yes, interval: fc.nat({ max: 86400 }) }),
  downTimerAdverts: fc.integer({ min: 1, max: 100 }),
  dontTrackPrimary: yes,
  noAccept: yes,
  promoteSecondaries: yes,
  lowerPrioNoAdvert: fc.boolean(),
  higherPrioSendAdvert: fc.boolean(),
  notifyPriorityChanges: fc.boolean(),
  checkUnicastSrc: yes,
  trackSrcIp: yes,
  trackInterface: fc
    .record({ name: fc.constant('eth2'), weight: fc.integer({ min: -253, max: 253 }) })
    .map((entry) => [entry]),
  trackScript: fc.constant([{ name: 'script', weight: 3 }]),
  trackFile: fc.constant([{ name: 'file', weight: -254 }]),
  notifyMaster: fc.constant({ command: ['/bin/true', 'two words', '#'], user: 'root' }),
  virtualRules: rules,
  virtualIpaddressExcluded: fc
    .tuple(addresses('198.51.100.', [24, 32]), addresses('2001:db8:2::', [64, 128]))
    .map((each) => each.flat()),
});

const preemption = fc.constantFrom<Partial<VrrpInstance>>({ nopreempt: true }, { preemptDelay: 2.5 }, {});
const ipv4 = fc.record({
  unicastSrcIp: fc.constant('192.0.2.11'),
  unicastPeer: fc.constantFrom(
    [{ address: '192.0.2.12' }],
    [{ address: '192.0.2.12', minTtl: 254, maxTtl: 255 }, { address: '192.0.2.13' }],
  ),
  virtualIpaddress: addresses('203.0.113.', [24, 32]),
});
const ipv6 = fc.record({
  unicastSrcIp: fc.constant('2001:db8::11'),
  unicastPeer: fc.constantFrom([{ address: '2001:db8::12' }], [{ address: '2001:db8::12', maxTtl: 3 }]),
  virtualIpaddress: addresses('fe80::', [64]),
});

const instance = fc.tuple(
  fc.integer({ min: 1, max: 255 }),
  fc.integer({ min: 1, max: 254 }),
  device,
  fc.oneof(ipv4, ipv6),
  preemption,
  timers,
);

const prelude: readonly Block[] = [
  { kind: 'global_defs', routerId: 'node-1', vrrpVersion: 3, scriptUser: { user: 'root' }, enableScriptSecurity: true },
  { kind: 'vrrp_script', name: 'script', script: ['/bin/true', 'a b'], interval: 1 },
  { kind: 'track_file', name: 'file', file: '/tmp/keepalived-config-track-file', initFile: { value: 0 } },
];

/** A config that keepalived accepts. */
export const acceptedConfig: fc.Arbitrary<KeepalivedConfig> = fc
  .uniqueArray(instance, { minLength: 1, maxLength: 4, selector: ([id]) => id })
  .map((parts) => ({
    blocks: [
      ...prelude,
      ...parts.map(([virtualRouterId, priority, networkInterface, addressing, preempting, rest]): VrrpInstance => {
        const head = {
          kind: 'vrrp_instance',
          name: `sallyport_${virtualRouterId}`,
          state: 'BACKUP',
          interface: networkInterface,
        } as const;
        return { ...head, virtualRouterId, priority, ...addressing, ...preempting, ...rest };
      }),
    ],
  }));
