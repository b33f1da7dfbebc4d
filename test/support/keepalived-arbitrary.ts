import fc from 'fast-check';
import type {
  Block,
  Fifo,
  GlobalDefs,
  KeepalivedConfig,
  Script,
  Track,
  TrackFile,
  UnicastPeer,
  UnknownEntry,
  VirtualAddress,
  VirtualRoute,
  VirtualRule,
  VrrpInstance,
  VrrpScript,
  VrrpSyncGroup,
  VrrpTrackProcess,
  Weight,
} from 'keepalived-config';

/** A record whose keys may all be missing but for `required`. */
function partial<T extends object, R extends keyof T>(
  shape: { [K in keyof T]-?: fc.Arbitrary<NonNullable<T[K]>> },
  ...required: readonly R[]
): fc.Arbitrary<T> {
  return fc.record(shape, { requiredKeys: [...required] }) as unknown as fc.Arbitrary<T>;
}

const yes = fc.constant(true as const);
const natural = fc.nat({ max: 0xffffffff });
const milliseconds = fc.nat({ max: 4_000_000 }).map((value) => value / 1000);

/** Every character that a plain word may hold, and a few outside ASCII. */
const wordCharacters = [...'abcXYZ019-_./:,+*?()[]<>=|&;%^`é漢😀'];
const plainWord = fc.string({ unit: fc.constantFrom(...wordCharacters), minLength: 1, maxLength: 12 });
const plainText = fc
  .string({
    unit: fc.constantFrom(...wordCharacters, ' ', '#', '!', '{', '}', '@', '~', "'"),
    minLength: 1,
    maxLength: 20,
  })
  .filter((value) => value !== '{' && value !== '}');
const argument = plainText.map((value) => value.replaceAll("'", '')).filter((value) => value !== '');
const device = fc.constantFrom('eth0', 'eth0.7', 'br-lan');
const address4 = fc
  .tuple(fc.integer({ min: 1, max: 223 }), fc.nat({ max: 255 }), fc.nat({ max: 255 }))
  .map(([a, b, c]) => `${a}.0.${b}.${c}`);
const address6 = fc
  .tuple(fc.nat({ max: 0xffff }), fc.nat({ max: 0xffff }))
  .map(([a, b]) => `2001:db8::${a.toString(16)}:${b.toString(16)}`);
const address = fc.oneof(address4, address6);
const prefix = fc.oneof(
  address,
  fc.tuple(address4, fc.nat({ max: 32 })).map(([text, bits]) => `${text}/${bits}`),
  fc.tuple(address6, fc.nat({ max: 128 })).map(([text, bits]) => `${text}/${bits}`),
);
const table = fc.oneof(natural, fc.constantFrom('main', 'small', 'egress-1'));
const family = fc.constantFrom('inet', 'inet6');
const range = fc.tuple(fc.nat({ max: 65535 }), fc.nat({ max: 65535 })).map(([from, to]) => `${from}-${to}`);
const others = fc.constantFrom('futureoption 7', 'futureoption "a b" c', 'future');

const script: fc.Arbitrary<Script> = fc.oneof(
  fc.record({ command: fc.array(argument, { minLength: 1, maxLength: 4 }) }),
  fc.record({ command: fc.array(argument, { minLength: 1, maxLength: 4 }), user: plainWord }),
  fc.record({
    command: fc.tuple(fc.constant('/bin/echo'), fc.constantFrom('', '{', '}', '#')),
    user: plainWord,
    group: plainWord,
  }),
);
const owner = fc.oneof(fc.record({ user: plainWord }), fc.record({ user: plainWord, group: plainWord }));
const fifo: fc.Arbitrary<Fifo> = fc.oneof(
  fc.record({ path: plainWord }),
  fc.record({ path: plainWord, user: plainWord, group: plainWord }),
);
const weight: fc.Arbitrary<Weight> = partial<Weight, 'value'>(
  { value: fc.integer({ min: -254, max: 254 }), reverse: yes },
  'value',
);
const extra = fc.oneof(fc.record({ interval: natural }), fc.record({ interval: natural, all: yes }));
const track: fc.Arbitrary<Track> = partial<Track, 'name'>(
  { name: plainWord, weight: fc.integer({ min: -254, max: 254 }), reverse: yes, noreverse: yes, other: others },
  'name',
);

const peer: fc.Arbitrary<UnicastPeer> = partial<UnicastPeer, 'address'>(
  { address, minTtl: fc.nat({ max: 255 }), maxTtl: fc.nat({ max: 255 }), other: others },
  'address',
);

const virtualAddress: fc.Arbitrary<VirtualAddress> = partial<VirtualAddress, 'address'>(
  {
    address: fc.oneof(prefix, plainWord),
    broadcast: fc.oneof(fc.constantFrom('+', '-'), address4),
    device,
    useVmac: yes,
    scope: plainWord,
    label: plainWord,
    peer: prefix,
    home: yes,
    noDad: yes,
    mngtmpaddr: yes,
    noprefixroute: yes,
    autojoin: yes,
    noTrack: yes,
    preferredLifetime: fc.oneof(natural, fc.constant('forever' as const)),
    other: others,
  },
  'address',
);

const route: fc.Arbitrary<VirtualRoute> = partial<VirtualRoute, 'to'>(
  {
    type: fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'throw'),
    to: fc.oneof(prefix, fc.constant('default')),
    source: address,
    via: address,
    device,
    scope: plainWord,
    table,
    protocol: plainWord,
    metric: natural,
    mtu: natural,
    onlink: yes,
    noTrack: yes,
    family,
    other: fc.constantFrom('nexthop via 192.0.2.1 weight 1', 'quickack 1'),
  },
  'to',
);

const rule: fc.Arbitrary<VirtualRule> = partial<VirtualRule, 'table'>(
  {
    not: yes,
    from: prefix,
    to: prefix,
    inputInterface: device,
    outputInterface: device,
    mark: fc.oneof(fc.record({ value: natural }), fc.record({ value: natural, mask: natural })),
    table,
    priority: natural,
    suppressPrefixLength: fc.nat({ max: 128 }),
    uidRange: range,
    ipProtocol: plainWord,
    sourcePorts: range,
    destinationPorts: range,
    goto: natural,
    action: fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'nop'),
    l3mdev: yes,
    noTrack: yes,
    family,
    other: others,
  },
  'table',
);

const unknownLine: fc.Arbitrary<UnknownEntry> = fc.record({
  kind: fc.constant('unknown' as const),
  keyword: fc.constantFrom('virtual_server', 'futurekeyword', 'static_routes', '10.0.0.1', '/x'),
  rest: fc.oneof(
    fc.constant(''),
    fc.array(plainWord, { maxLength: 3 }).map((words) => words.join(' ')),
    plainText.map((value) => `"${value}" z`),
  ),
});

/** Unknown lines, with blocks in blocks. */
export const unknownEntry: fc.Arbitrary<UnknownEntry> = fc.letrec<{ entry: UnknownEntry }>((tie) => ({
  entry: fc.oneof(
    { maxDepth: 3 },
    unknownLine,
    fc.tuple(unknownLine, fc.array(tie('entry'), { maxLength: 3 })).map(([line, block]) => ({ ...line, block })),
  ),
})).entry;

const unknown = fc.array(
  unknownEntry.map((entry) => ({ ...entry, keyword: `x${entry.keyword}` })),
  { minLength: 1, maxLength: 2 },
);

function listOf<T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.array(item, { maxLength: 3 });
}

const globals = partial<GlobalDefs, 'kind'>(
  {
    kind: fc.constant('global_defs' as const),
    routerId: plainWord,
    processNames: yes,
    processName: plainWord,
    vrrpProcessName: plainWord,
    scriptUser: owner,
    enableScriptSecurity: yes,
    dynamicInterfaces: fc.constantFrom<true | 'allow_if_changes'>(true, 'allow_if_changes'),
    defaultInterface: device,
    disableLocalIgmp: yes,
    vrrpVersion: fc.constantFrom(2, 3),
    vrrpMcastGroup4: address4,
    vrrpMcastGroup6: address6,
    vrrpStrict: yes,
    vrrpCheckUnicastSrc: yes,
    vrrpSkipCheckAdvAddr: yes,
    vrrpStartupDelay: milliseconds,
    vrrpDownTimerAdverts: natural,
    vrrpGarpMasterDelay: natural,
    vrrpGarpMasterRepeat: natural,
    vrrpGarpMasterRefresh: natural,
    vrrpGarpMasterRefreshRepeat: natural,
    vrrpGarpLowerPrioDelay: natural,
    vrrpGarpLowerPrioRepeat: natural,
    vrrpGarpInterval: fc.nat({ max: 5_000_000 }).map((value) => value / 1_000_000),
    vrrpGnaInterval: fc.nat({ max: 5_000_000 }).map((value) => value / 1_000_000),
    vrrpGarpExtraIf: extra,
    vrrpMinGarp: fc.boolean(),
    vrrpLowerPrioNoAdvert: fc.boolean(),
    vrrpHigherPrioSendAdvert: fc.boolean(),
    vrrpNotifyPriorityChanges: fc.boolean(),
    vrrpPriority: fc.integer({ min: -20, max: 19 }),
    vrrpRtPriority: natural,
    vrrpRlimitRttime: natural,
    vrrpNoSwap: yes,
    vrrpCpuAffinity: fc.array(natural, { minLength: 1, maxLength: 3 }),
    maxAutoPriority: fc.integer({ min: -1, max: 99 }),
    notifyFifo: fifo,
    notifyFifoScript: script,
    vrrpNotifyFifo: fifo,
    vrrpNotifyFifoScript: script,
    fifoWriteVrrpStatesOnReload: yes,
    logUnknownVrids: yes,
    vmacPrefix: plainWord,
    vmacAddrPrefix: plainWord,
    unknown,
  },
  'kind',
);

const tracking = {
  trackInterface: listOf(track),
  trackScript: listOf(track),
  trackFile: listOf(track),
  trackProcess: listOf(track),
  trackBfd: listOf(track),
  notifyMaster: script,
  notifyBackup: script,
  notifyFault: script,
  notifyStop: script,
  notify: script,
  notifyPriorityChanges: fc.boolean(),
  smtpAlert: fc.boolean(),
  unknown,
};

const instance = partial<VrrpInstance, 'kind' | 'name'>(
  {
    kind: fc.constant('vrrp_instance' as const),
    name: plainWord,
    ...tracking,
    state: fc.constantFrom('MASTER', 'BACKUP'),
    interface: device,
    vrf: device,
    version: fc.constantFrom(2, 3),
    virtualRouterId: natural,
    priority: natural,
    advertInt: milliseconds,
    nopreempt: yes,
    preempt: yes,
    preemptDelay: milliseconds,
    useVmac: fc.constantFrom(
      {},
      { name: 'vrrp.1' },
      { name: 'vrrp.1', mac: '02:00:00:00:01' },
      { mac: '02:00:00:00:01:02' },
    ),
    useVmacAddr: yes,
    vmacXmitBase: yes,
    nativeIpv6: yes,
    accept: yes,
    noAccept: yes,
    strictMode: fc.boolean(),
    skipCheckAdvAddr: fc.boolean(),
    dontTrackPrimary: yes,
    trackSrcIp: yes,
    mcastSrcIp: address,
    mcastDstIp: address,
    unicastSrcIp: address,
    unicastPeer: listOf(peer),
    unicastTtl: natural,
    unicastFaultNoPeer: yes,
    checkUnicastSrc: yes,
    oldUnicastChecksum: fc.constantFrom<true | 'never'>(true, 'never'),
    downTimerAdverts: natural,
    garpMasterDelay: natural,
    garpMasterRepeat: natural,
    garpMasterRefresh: natural,
    garpMasterRefreshRepeat: natural,
    garpLowerPrioDelay: natural,
    garpLowerPrioRepeat: natural,
    garpExtraIf: extra,
    lowerPrioNoAdvert: fc.boolean(),
    higherPrioSendAdvert: fc.boolean(),
    kernelRxBufSize: natural,
    authentication: fc.record({ type: fc.constantFrom('PASS', 'AH'), password: plainText }),
    promoteSecondaries: yes,
    virtualIpaddress: listOf(virtualAddress),
    virtualIpaddressExcluded: listOf(virtualAddress),
    virtualRoutes: listOf(route),
    virtualRules: listOf(rule),
    notifyMasterRxLowerPri: script,
    notifyDeleted: fc.oneof(yes, script),
    debug: fc.nat({ max: 4 }),
  },
  'kind',
  'name',
);

const group = partial<VrrpSyncGroup, 'kind' | 'name'>(
  {
    kind: fc.constant('vrrp_sync_group' as const),
    name: plainWord,
    ...tracking,
    group: listOf(plainWord),
    globalTracking: yes,
    syncGroupTrackingWeight: yes,
  },
  'kind',
  'name',
);

const vrrpScript = partial<VrrpScript, 'kind' | 'name'>(
  {
    kind: fc.constant('vrrp_script' as const),
    name: plainWord,
    script: fc.array(argument, { minLength: 1, maxLength: 3 }),
    interval: natural,
    timeout: natural,
    weight,
    rise: natural,
    fall: natural,
    user: owner,
    initFail: yes,
    unknown,
  },
  'kind',
  'name',
);

const process = partial<VrrpTrackProcess, 'kind' | 'name'>(
  {
    kind: fc.constant('vrrp_track_process' as const),
    name: plainWord,
    process: fc.array(plainText, { minLength: 1, maxLength: 3 }),
    paramMatch: fc.constantFrom('exact', 'initial', 'partial'),
    weight,
    quorum: natural,
    quorumMax: natural,
    delay: milliseconds,
    forkDelay: milliseconds,
    terminateDelay: milliseconds,
    fullCommand: yes,
    unknown,
  },
  'kind',
  'name',
);

const file = partial<TrackFile, 'kind' | 'name'>(
  {
    kind: fc.constant('track_file' as const),
    name: plainWord,
    file: plainText,
    weight,
    initFile: fc.constantFrom({}, { value: -3 }, { value: 4, overwrite: true as const }, { overwrite: true as const }),
    unknown,
  },
  'kind',
  'name',
);

const block: fc.Arbitrary<Block> = fc.oneof(globals, instance, group, vrrpScript, process, file, unknownEntry);

/** Any config that can be written: every field, also with values that keepalived would refuse. */
export const writableConfig: fc.Arbitrary<KeepalivedConfig> = fc.record({ blocks: fc.array(block, { maxLength: 4 }) });
