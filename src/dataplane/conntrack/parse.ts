import { canonicalIp } from '../../net/ip.ts';
import type { Flow, FlowTuple } from './model.ts';

/**
 * Flows of `conntrack -L -o extended` (conntrack-tools ≥ 1.4.7), one per line; lines that are no flow are left out.
 * `ipv4 2 tcp 6 431999 ESTABLISHED src=A dst=B sport=1 dport=2 src=B dst=A sport=2 dport=1 [ASSURED] mark=7 use=1`
 */
export function parseFlows(text: string): readonly Flow[] {
  return text
    .split('\n')
    .map(parseFlow)
    .filter((flow) => flow !== undefined);
}

function parseFlow(line: string): Flow | undefined {
  const head = /^(ipv4|ipv6)\s+\d+\s+\S+\s+(\d+)(?:\s+(\d+))?(?:\s+([A-Z][A-Z0-9_]*))?\s/.exec(line);
  if (head === null) return undefined;
  const fields = [...line.matchAll(/([a-z]+)=(\S+)/g)].map(([, name = '', value = '']) => ({ name, value }));
  const second = fields.findLastIndex((field) => field.name === 'src');
  const original = tupleOf(fields.slice(0, second));
  const reply = tupleOf(fields.slice(second));
  if (original === undefined || reply === undefined) return undefined;
  const icmp = icmpOf(fields.slice(0, second));
  return {
    family: head[1] === 'ipv6' ? 6 : 4,
    protocol: Number(head[2]),
    ...original,
    ...(icmp === undefined ? {} : { icmp }),
    reply,
    mark: numberIn(fields, 'mark') ?? 0,
    ...(head[4] === undefined ? {} : { state: head[4] }),
    assured: line.includes('[ASSURED]'),
    replied: !line.includes('[UNREPLIED]'),
    ...(head[3] === undefined ? {} : { timeout: Number(head[3]) }),
  };
}

interface Field {
  readonly name: string;
  readonly value: string;
}

function tupleOf(fields: readonly Field[]): FlowTuple | undefined {
  const source = canonicalIp(textIn(fields, 'src') ?? '');
  const destination = canonicalIp(textIn(fields, 'dst') ?? '');
  if (source === undefined || destination === undefined) return undefined;
  const sourcePort = numberIn(fields, 'sport');
  const destinationPort = numberIn(fields, 'dport');
  return {
    source,
    destination,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { destinationPort }),
  };
}

function icmpOf(fields: readonly Field[]): Flow['icmp'] {
  const type = numberIn(fields, 'type');
  const code = numberIn(fields, 'code');
  const id = numberIn(fields, 'id');
  return type === undefined || code === undefined || id === undefined ? undefined : { type, code, id };
}

function textIn(fields: readonly Field[], name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value;
}

function numberIn(fields: readonly Field[], name: string): number | undefined {
  const text = textIn(fields, name);
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
