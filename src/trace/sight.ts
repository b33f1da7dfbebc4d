import { devices } from '../dataplane/desired/names.ts';
import type { ChainRun, Journey } from './journeys.ts';
import type { PacketHeader } from './model.ts';
import { isTraceTable } from './rules.ts';

/** A rule that a packet met, and what became of the packet there. */
export interface SeenRule {
  /** "inet sallyport" */
  readonly table: string;
  readonly chain: string;
  /** Empty where it came after nft last looked. */
  readonly rule: string;
  readonly verdict: string;
}

/**
 * How a packet left a node's hooks. `left`: by a device. `arrived`: at the node itself. `dropped`: by a rule or a policy. `lost`: no hook saw it
 * any more. `unknown`: nothing of ours is there to see it leave.
 */
export type Ending =
  | {
      readonly kind: 'left';
      readonly device: string;
      readonly source: string;
      readonly destination: string;
      readonly sourcePort?: number;
    }
  | { readonly kind: 'arrived' }
  | { readonly kind: 'dropped'; readonly by: SeenRule; readonly counter?: string }
  | { readonly kind: 'lost'; readonly after: Pick<SeenRule, 'table' | 'chain'> };

/** A packet's way through one node. */
export interface Sight {
  readonly first: PacketHeader;
  /** The device by which it came. */
  readonly device: string;
  /** What it carried on its last hook on IP. */
  readonly last: PacketHeader;
  /** The identity of a Gateway that our tables gave it, or knew it by. */
  readonly identity?: number;
  /** The mark that it had last. */
  readonly mark?: number;
  readonly rules: readonly SeenRule[];
  readonly ending: Ending;
}

const own = 'inet sallyport';
const tunnelDevices: ReadonlySet<string> = new Set(Object.values(devices));

/** Whether a device leads to the owner's node, or is the way there on one node. */
export const isTunnel = (device: string): boolean => tunnelDevices.has(device);

/** Pure: what a journey says. */
export function sightOf({ first, runs }: Journey): Sight {
  const foreign = runs.filter(({ table }) => !isTraceTable(table));
  const withAddresses = runs.filter(({ header }) => header.source !== undefined);
  const last = withAddresses.at(-1)?.header ?? first;
  const marks = runs.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'policy' ? (step.mark ?? []) : [])));
  const identity = identityOf(foreign);
  const mark = marks.at(-1);
  return {
    ...{ first, last, device: first.iif ?? '' },
    ...(identity === undefined ? {} : { identity }),
    ...(mark === undefined ? {} : { mark }),
    rules: foreign.flatMap(rulesOf),
    ending: endingOf(foreign, last),
  };
}

function rulesOf({ table, steps }: ChainRun): readonly SeenRule[] {
  return steps.flatMap((step) =>
    step.kind === 'rule' ? [{ table, chain: step.chain, rule: step.rule, verdict: step.verdict }] : [],
  );
}

// `id_N` gives a new flow its identity, `keep_N` knows it again, `enter_N` takes it over from the tunnel.
function identityOf(runs: readonly ChainRun[]): number | undefined {
  const chains = runs.filter(({ table }) => table === own).flatMap(({ steps }) => steps.map(({ chain }) => chain));
  const found = chains.findLast((chain) => /^(id|keep|enter)_\d+$/.test(chain));
  return found === undefined ? undefined : Number(found.slice(found.indexOf('_') + 1));
}

function endingOf(runs: readonly ChainRun[], last: PacketHeader): Ending {
  for (const run of runs) {
    const step = run.steps.at(-1);
    if (step?.verdict !== 'drop') continue;
    const by: SeenRule = {
      ...{ table: run.table, chain: step.chain, verdict: 'drop' },
      rule: step.kind === 'rule' ? step.rule : 'policy drop',
    };
    const counter = /counter name "([^"]+)"/.exec(by.rule)?.[1];
    return { kind: 'dropped', by, ...(counter === undefined ? {} : { counter }) };
  }
  // Our last hook after all translation: whatever leaves meets it.
  const left = runs.findLast(({ table, chain }) => table === own && chain === 'guard')?.header;
  if (left?.oif !== undefined) {
    const { source = '', destination = '' } = last;
    const port = last.sourcePort === undefined ? {} : { sourcePort: last.sourcePort };
    return { kind: 'left', device: left.oif, source, destination, ...port };
  }
  if (runs.some(({ table, chain }) => table === own && chain === 'input')) return { kind: 'arrived' };
  const end = runs.at(-1);
  return { kind: 'lost', after: { table: end?.table ?? '', chain: end?.chain ?? '' } };
}
