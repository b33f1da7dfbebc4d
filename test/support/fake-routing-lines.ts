import type { Link, Route, RouteBatch, RouteState, Rule } from '../../src/dataplane/route/model.ts';

/** The whole of the fake's kernel: routes of every protocol. */
export interface FakeKernel extends Omit<RouteState, 'routes'> {
  readonly routes: readonly (Route & { readonly protocol: number })[];
}

type Result = FakeKernel | string;
type Words = ReadonlyMap<string, string>;

const flags: readonly string[] = ['onlink', 'nodad', 'nolearning', 'up', 'down'];
const kinds: readonly string[] = ['unicast', 'local', 'unreachable', 'blackhole', 'prohibit'];

/** Runs one line of a batch; answers the kernel after it, or the message with which it would be refused. */
export function runRouteLine(kernel: FakeKernel, tool: RouteBatch['tool'], line: string): Result {
  const [object = '', verb = '', ...rest] = line.split(' ');
  if (object === 'link') return runLink(kernel, verb, line);
  const words = optionsOf(rest);
  const device = words.get('dev');
  if (device !== undefined && !isUp(kernel, device)) return `Cannot find device "${device}"`;
  if (object === 'address') return runAddress(kernel, verb, [rest[0] ?? '', words]);
  if (object === 'neigh') return runNeighbour(kernel, verb, [rest[0] ?? '', words]);
  if (object === 'fdb') return runFdb(kernel, verb, [rest[0] ?? '', words]);
  if (object === 'route') return runRoute(kernel, verb, rest);
  return object === 'rule'
    ? runRule(kernel, verb, { words, family: tool === 'ip6' ? 6 : 4 })
    : `Object "${object}" is unknown`;
}

function runLink(kernel: FakeKernel, verb: string, line: string): Result {
  if (verb === 'add') return addLinks(kernel, line);
  const words = optionsOf(line.split(' ').slice(2));
  const name = words.get('dev') ?? '';
  const link = kernel.links.find((l) => l.name === name);
  if (link === undefined) return `Cannot find device "${name}"`;
  if (verb === 'del') return without(kernel, link.kind === 'veth' ? [name, link.peer] : [name]);
  const mtu = words.get('mtu');
  const up = words.has('up') ? true : words.has('down') ? false : link.up;
  const changed: Link = { ...link, up, ...(mtu === undefined ? {} : { mtu: Number(mtu) }) };
  const links = kernel.links.map((l) => (l === link ? changed : l));
  return { ...kernel, links, ...(link.up && !up ? { routes: kernel.routes.filter((r) => r.device !== name) } : {}) };
}

function addLinks(kernel: FakeKernel, line: string): Result {
  const [own = '', other = ''] = line.split(' peer ');
  const words = optionsOf(own.split(' ').slice(2));
  const name = words.get('dev') ?? '';
  if (kernel.links.some((link) => link.name === name)) return 'RTNETLINK answers: File exists';
  const common = linkCommon(name, words);
  if (words.get('type') === 'veth') {
    const peerWords = optionsOf(other.split(' '));
    const peer = peerWords.get('name') ?? '';
    const pair: readonly Link[] = [
      { ...common, kind: 'veth', peer },
      { ...linkCommon(peer, peerWords), kind: 'veth', peer: name },
    ];
    return { ...kernel, links: [...kernel.links, ...pair] };
  }
  const local = words.get('local');
  const numbers = { vni: Number(words.get('id')), port: Number(words.get('dstport')) };
  const link: Link = { ...common, kind: 'vxlan', ...numbers, ...(local === undefined ? {} : { local }) };
  return { ...kernel, links: [...kernel.links, link] };
}

function linkCommon(name: string, words: Words) {
  return { name, mac: words.get('address') ?? '', mtu: Number(words.get('mtu') ?? 1500), up: false };
}

function runAddress(kernel: FakeKernel, verb: string, [address, words]: readonly [string, Words]): Result {
  const device = words.get('dev') ?? '';
  const others = kernel.addresses.filter((a) => a.device !== device || a.address !== address);
  if (verb === 'del') return missing(others, kernel.addresses) ?? { ...kernel, addresses: others };
  const scope = words.get('scope') === 'link' ? 'link' : 'global';
  return { ...kernel, addresses: [...others, { device, address, scope }] };
}

function runNeighbour(kernel: FakeKernel, verb: string, [address, words]: readonly [string, Words]): Result {
  const device = words.get('dev') ?? '';
  const others = kernel.neighbours.filter((n) => n.device !== device || n.address !== address);
  if (verb === 'del') return missing(others, kernel.neighbours) ?? { ...kernel, neighbours: others };
  return { ...kernel, neighbours: [...others, { device, address, mac: words.get('lladdr') ?? '' }] };
}

function runFdb(kernel: FakeKernel, verb: string, [mac, words]: readonly [string, Words]): Result {
  const device = words.get('dev') ?? '';
  const destination = words.get('dst') ?? '';
  const others = kernel.fdb.filter((f) => f.device !== device || f.mac !== mac);
  const replaced = { ...kernel, fdb: [...others, { device, mac, destination }] };
  if (verb === 'replace') return replaced;
  const isThere = kernel.fdb.some((f) => f.device === device && f.mac === mac && f.destination === destination);
  return isThere ? { ...kernel, fdb: others } : 'RTNETLINK answers: No such file or directory';
}

function runRoute(kernel: FakeKernel, verb: string, [kind = '', destination = '', ...rest]: readonly string[]): Result {
  if (!kinds.includes(kind)) return `"${kind}" is no kind of route`;
  const words = optionsOf(rest);
  const route = {
    family: destination.includes(':') ? (6 as const) : (4 as const),
    table: Number(words.get('table') ?? 254),
    destination,
    kind: kind as Route['kind'],
    ...present('device', words.get('dev')),
    ...present('via', words.get('via')),
    ...(words.has('onlink') ? { onlink: true } : {}),
    ...present('source', words.get('src')),
    ...(words.has('metric') ? { metric: Number(words.get('metric')) } : {}),
    protocol: Number(words.get('proto') ?? 3),
  };
  const others = kernel.routes.filter(
    (r) => r.table !== route.table || r.destination !== destination || r.metric !== route.metric,
  );
  if (verb === 'del') return missing(others, kernel.routes) ?? { ...kernel, routes: others };
  return { ...kernel, routes: [...others, route] };
}

function runRule(kernel: FakeKernel, verb: string, { words, family }: { words: Words; family: 4 | 6 }): Result {
  const [value, mask] = (words.get('fwmark') ?? '').split('/');
  const to = words.get('to');
  const from = words.get('from');
  const rule: Rule = {
    family,
    priority: Number(words.get('priority')),
    table: Number(words.get('table')),
    ...(value === '' ? {} : { mark: { value: Number(value), mask: Number(mask ?? 0xffffffff) } }),
    ...present('incoming', words.get('iif')),
    ...present('from', from),
    ...present('to', to),
  };
  const text = JSON.stringify(rule);
  const others = kernel.rules.filter((r) => JSON.stringify(r) !== text);
  if (verb === 'del') return missing(others, kernel.rules) ?? { ...kernel, rules: others };
  return others.length < kernel.rules.length
    ? 'RTNETLINK answers: File exists'
    : { ...kernel, rules: [...kernel.rules, rule] };
}

function without(kernel: FakeKernel, names: readonly string[]): FakeKernel {
  const stays = (entry: { readonly device?: string }) => !names.includes(entry.device ?? '');
  return {
    links: kernel.links.filter((link) => !names.includes(link.name)),
    addresses: kernel.addresses.filter(stays),
    routes: kernel.routes.filter(stays),
    rules: kernel.rules,
    neighbours: kernel.neighbours.filter(stays),
    fdb: kernel.fdb.filter(stays),
  };
}

function missing(after: readonly unknown[], before: readonly unknown[]): string | undefined {
  return after.length === before.length ? 'RTNETLINK answers: No such process' : undefined;
}

function isUp(kernel: FakeKernel, device: string): boolean {
  return device === 'lo' || device === 'eth0' || kernel.links.some((link) => link.name === device);
}

// "dev egress0 onlink table 1000": words in pairs, but for flags.
function optionsOf(words: readonly string[]): Words {
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (flags.includes(word)) options.set(word, '');
    else if (/^[a-z]+$/.test(word)) {
      options.set(word, words[i + 1] ?? '');
      i += 1;
    }
  }
  return options;
}

function present<K extends string>(name: K, value: string | undefined): { readonly [key in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: string };
}
