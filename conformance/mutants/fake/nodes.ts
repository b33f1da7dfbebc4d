import { sameJson } from '../cluster/json.ts';
import { nodeAddresses } from '../cluster/kubernetes.ts';
import type { VirtualClock } from '../cluster/virtual-clock.ts';
import type { Wrong } from '../mistakes.ts';
import type { Programming } from './decision.ts';

/** How long rules and addresses need to the nodes, and another node to take over, in milliseconds. */
const times = { program: 400, takeOver: 1_000 } as const;

/** The nodes' side of the fake: what they were told is in force a little later. */
export interface Nodes {
  /** What is in force now. */
  programming(): Programming;
  /** Tells the nodes; in force after a while. */
  tell(wanted: Programming): void;
  /** The living node that holds a Gateway's addresses; undefined while nobody does. */
  ownerOf(gateway: string): string | undefined;
  /** When something new came into force last, in milliseconds since 1970. */
  changedAt(): number;
  readonly dead: Set<string>;
  crash(node: string): void;
  heal(node: string): void;
}

/** Starts with nothing in force; `changed` is called whenever something new is. */
export function startNodes(clock: VirtualClock, wrong: Wrong, changed: () => void): Nodes {
  let current: Programming = { rules: [], addresses: {} };
  let told = current;
  let changedAt = 0;
  const dead = new Set<string>();
  const owners = new Map<string, string>();
  const late = () => wrong('programmed-before-data-plane') || wrong('route-programmed-before-data-plane');
  const elect = (gateway: string): string | undefined => {
    const owner = owners.get(gateway);
    if (owner !== undefined) return dead.has(owner) ? undefined : owner;
    const alive = [...nodeAddresses.keys()].filter((node) => !dead.has(node));
    const first = alive[Number.parseInt(gateway.slice(-4), 16) % alive.length];
    if (first !== undefined) owners.set(gateway, first);
    return first;
  };
  return {
    programming: () => current,
    changedAt: () => changedAt,
    tell: (wanted) => {
      if (sameJson(wanted, told)) return;
      told = wanted;
      clock.after(late() ? 10 * times.program : times.program, () => {
        current = remember(current, wanted, wrong);
        changedAt = clock.now();
        changed();
      });
    },
    ownerOf: elect,
    dead,
    crash: (node) => {
      dead.add(node);
      if (wrong('no-failover')) return;
      clock.after(times.takeOver, () => {
        for (const [gateway, owner] of owners) if (owner === node) owners.delete(gateway);
        if (wrong('other-addresses-after-failover')) current = { ...current, addresses: swap(current.addresses) };
        changed();
      });
    },
    heal: (node) => {
      dead.delete(node);
      changed();
    },
  };
}

function remember(before: Programming, wanted: Programming, wrong: Wrong): Programming {
  const gone = before.rules.filter((rule) => !wanted.rules.some(({ uid }) => uid === rule.uid));
  if (gone.length > 0 && wrong('removal-by-gateway')) {
    const left = wanted.rules.filter((rule) => !gone.some(({ gateway }) => gateway === rule.gateway));
    return { ...wanted, rules: left };
  }
  if (gone.length === 0 || !wrong('deleted-route-keeps-its-right')) return oneRoutePerGateway(wanted, wrong);
  return { rules: [...wanted.rules, ...gone], addresses: { ...before.addresses, ...wanted.addresses } };
}

// What is right: a Gateway has as many routes as attach to it.
function oneRoutePerGateway(wanted: Programming, wrong: Wrong): Programming {
  const last = new Map(wanted.rules.map(({ gateway, uid }) => [gateway, uid]));
  const left = wanted.rules.filter(({ gateway, uid }) => last.get(gateway) === uid);
  return left.length < wanted.rules.length && wrong('one-route-per-gateway') ? { ...wanted, rules: left } : wanted;
}

// Every Gateway gets what the next one had.
function swap(addresses: Programming['addresses']): Programming['addresses'] {
  const entries = Object.entries(addresses);
  const values = entries.map(([, value]) => value);
  return Object.fromEntries(entries.map(([uid], index) => [uid, values[(index + 1) % values.length] ?? []]));
}
