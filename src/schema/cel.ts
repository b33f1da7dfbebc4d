import { Environment } from '@marcbachmann/cel-js';
import { type Cidr, cidrContains, cidrOf } from '../net/cidr.ts';
import { familyBits, type Ip, parseIp } from '../net/ip.ts';

// Kubernetes' own functions (k8s.io/apiserver/pkg/cel/library, ip.go, cidr.go and lists.go of 1.31), those that our CRDs use. Addresses in
// CEL are values of classes, because cel-js tells types by them.

class CelIp {
  readonly ip: Ip;
  constructor(ip: Ip) {
    this.ip = ip;
  }
}

class CelCidr {
  readonly ip: Ip;
  readonly prefix: number;
  constructor(ip: Ip, prefix: number) {
    this.ip = ip;
    this.prefix = prefix;
  }
}

/** Evaluates a rule of a CRD about `self`: integers as bigint, fields that are CEL's words escaped; throws where the API server's CEL fails, too. */
export type Evaluate = (rule: string, self: unknown) => boolean;

/** An evaluator that parses each rule once. */
export function createCel(): Evaluate {
  const environment = newEnvironment();
  const parsed = new Map<string, ReturnType<Environment['parse']>>();
  return (rule, self) => {
    const program = parsed.get(rule) ?? environment.parse(rule);
    parsed.set(rule, program);
    const result: unknown = program({ self });
    if (typeof result !== 'boolean') throw new Error(`a rule must give true or false: ${rule}`);
    return result;
  };
}

function newEnvironment(): Environment {
  return new Environment({ limits: { maxAstNodes: 10_000, maxDepth: 250 } })
    .registerType('Ip', { ctor: CelIp, fields: {} })
    .registerType('Cidr', { ctor: CelCidr, fields: {} })
    .registerVariable('self', 'dyn')
    .registerFunction('isIP(string): bool', (text: string) => readIp(text) !== undefined)
    .registerFunction('ip(string): Ip', (text: string) => new CelIp(required(readIp(text), text)))
    .registerFunction('Ip.family(): int', ({ ip }: CelIp) => BigInt(ip.family))
    .registerFunction('Ip.isGlobalUnicast(): bool', ({ ip }: CelIp) => isGlobalUnicast(ip))
    .registerFunction('isCIDR(string): bool', (text: string) => readCidr(text) !== undefined)
    .registerFunction('cidr(string): Cidr', (text: string) => required(readCidr(text), text))
    .registerFunction('Cidr.ip(): Ip', ({ ip }: CelCidr) => new CelIp(ip))
    .registerFunction('Cidr.prefixLength(): int', ({ prefix }: CelCidr) => BigInt(prefix))
    .registerFunction('Cidr.masked(): Cidr', (cidr: CelCidr) => {
      const { family, base } = maskedOf(cidr);
      return new CelCidr({ family, value: base }, cidr.prefix);
    })
    .registerFunction('Cidr.containsIP(Ip): bool', (cidr: CelCidr, { ip }: CelIp) => cidrContains(maskedOf(cidr), ip))
    .registerOperator('Cidr == Cidr', (a: CelCidr, b: CelCidr) => isSameIp(a.ip, b.ip) && a.prefix === b.prefix)
    .registerFunction('list.isSorted(): bool', (list: readonly bigint[]) => {
      return list.every((item, index) => index === 0 || (list[index - 1] ?? item) <= item);
    });
}

// netip.ParseAddr without zones and IPv4-mapped addresses, as the API server's isIP.
function readIp(text: string): Ip | undefined {
  const ip = parseIp(text);
  return ip === undefined || (ip.family === 6 && ip.value >> 32n === 0xffffn) ? undefined : ip;
}

// netip.ParsePrefix: bits behind the prefix may be set.
function readCidr(text: string): CelCidr | undefined {
  const [address = '', prefix = '', ...more] = text.split('/');
  const ip = readIp(address);
  if (ip === undefined || more.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  return Number(prefix) > familyBits(ip.family) ? undefined : new CelCidr(ip, Number(prefix));
}

function required<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`${JSON.stringify(text)} is no address`);
  return value;
}

const maskedOf = ({ ip, prefix }: CelCidr): Cidr => cidrOf(ip, prefix);
const isSameIp = (a: Ip, b: Ip): boolean => a.family === b.family && a.value === b.value;

// Go's netip.Addr.IsGlobalUnicast: everything but unspecified, loopback, multicast, link-local and IPv4's broadcast; private ranges count.
function isGlobalUnicast({ family, value }: Ip): boolean {
  return family === 4
    ? value !== 0n &&
        value !== 0xffff_ffffn &&
        value >> 24n !== 127n &&
        value >> 28n !== 14n &&
        value >> 16n !== 0xa9fen
    : value > 1n && value >> 120n !== 0xffn && value >> 118n !== 0x3fan;
}
