import type { ClusterRouteMatch } from '../api/kinds.ts';
import { apiVersion } from '../api/names.ts';
import type { Family } from '../net/ip.ts';
import { mostDestinations, renderDestination, wholeFamily } from './destinations.ts';
import type { Destination, Intent, Note, NotedManifest } from './model.ts';
import type { Namer } from './names.ts';
import type { PlannedGateway } from './plan-gateways.ts';
import { chunk } from './selectors.ts';

/** Limits of config/crd/egressroutes.yaml. */
const mostMatches = 8;
const mostRules = 16;
const mostPorts = 16;

export interface Routes {
  readonly manifests: readonly NotedManifest[];
  /** On policies that have no route. */
  readonly notes: readonly Note[];
}

/** The families of which a Gateway surely gets addresses; undefined when its pools are not known. */
export type FamiliesOf = (gateway: PlannedGateway) => ReadonlySet<Family> | undefined;

/** A route for every policy; several when it has more matches than a route may have. */
export function planRoutes(gateways: readonly PlannedGateway[], familiesOf: FamiliesOf, name: Namer): Routes {
  const manifests: NotedManifest[] = [];
  const notes: Note[] = [];
  for (const gateway of gateways) {
    const families = familiesOf(gateway);
    for (const intent of gateway.intents) {
      const destinations = destinationsOf(intent, families);
      if (destinations?.length === 0) notes.push(...intent.notes, noteFamily(intent));
      else manifests.push(...renderRoutes({ intent, gateway, destinations, name }));
    }
  }
  return { manifests, notes };
}

// Where the source leaves a family alone that the Gateway has no address of, a route of it would drop its packets.
function destinationsOf(intent: Intent, families: ReadonlySet<Family> | undefined): readonly Destination[] | undefined {
  if (!intent.leavesOtherFamily || families === undefined || families.size === 2) return intent.destinations;
  const all = intent.destinations ?? ([4, 6] as const).map((family) => ({ cidr: wholeFamily(family), except: [] }));
  return all.filter(({ cidr }) => families.has(cidr.family));
}

function noteFamily({ origin }: Intent): Note {
  const message =
    'its destinations are of a family of which it has no address, so that it translates nothing: no route was made of it';
  return { effect: 'lost', origin, message };
}

interface Place {
  readonly intent: Intent;
  readonly gateway: PlannedGateway;
  readonly destinations: readonly Destination[] | undefined;
  readonly name: Namer;
}

function renderRoutes({ intent, gateway, destinations, name }: Place): readonly NotedManifest[] {
  const { origin, namespace } = intent;
  const kind = namespace === undefined ? 'ClusterEgressRoute' : 'EgressRoute';
  const parent = { name: gateway.name, ...(gateway.namespace === namespace ? {} : { namespace: gateway.namespace }) };
  const rules = chunk(renderMatches(intent, destinations), mostMatches).map((matches) => ({ matches }));
  return chunk(rules, mostRules).map((part) => ({
    manifest: {
      apiVersion,
      kind,
      metadata: {
        name: name(`${kind} ${namespace ?? ''}`, origin.name),
        ...(namespace === undefined ? {} : { namespace }),
      },
      spec: { parentRefs: [parent], rules: part },
    },
    origins: [origin],
    notes: intent.notes,
  }));
}

function renderMatches(
  { pods, ports = [] }: Intent,
  destinations: readonly Destination[] = [],
): readonly ClusterRouteMatch[] {
  const portLists = ports.length === 0 ? [undefined] : chunk(ports, mostPorts);
  const texts = new Map(destinations.map(renderDestination).map((entry) => [JSON.stringify(entry), entry]));
  const destinationLists = texts.size === 0 ? [undefined] : chunk([...texts.values()], mostDestinations);
  return pods.flatMap((match) =>
    destinationLists.flatMap((list) =>
      portLists.map((some) => ({
        ...match,
        ...(list === undefined ? {} : { destinations: list }),
        ...(some === undefined ? {} : { ports: some }),
      })),
    ),
  );
}
