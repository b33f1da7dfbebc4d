import type { LabelSelector } from '../api/meta.ts';
import { cutDestination } from './destinations.ts';
import { type Fields, needed } from './fields.ts';
import type { Draft, Intent, Note, Origin, PodMatch, TranslateOptions } from './model.ts';
import type { SourceObject } from './read-documents.ts';
import { cidrsOf, type NoteBook, openNotes, readEach } from './read-each.ts';
import { isEmpty, parseSelector } from './selectors.ts';
import { type EgressGateways, readGatewayChoice } from './spidernet-choice.ts';
import { readEgressGateway } from './spidernet-gateways.ts';

/** Label of a namespace with its default EgressGateway (docs/usage/NamespaceDefaultEgressGateway). */
const namespaceDefault = 'spidernet.io/egressgateway-default';

/**
 * EgressGateway, EgressPolicy and EgressClusterPolicy (egressgateway.spidernet.io/v1beta1, as of Spidernet EgressGateway 0.6:
 * pkg/k8s/apis/v1beta1, docs/reference, pkg/controller/webhook, pkg/controller/endpoint); Namespaces, for their default.
 */
export function readSpidernet(objects: readonly SourceObject[], options: TranslateOptions): Draft {
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const found = readEach(ofKind('EgressGateway'), readEgressGateway);
  const defaults = readEach(ofKind('Namespace'), (fields, { name }) => {
    return [name, fields.map('metadata')?.labels('labels')?.[namespaceDefault] ?? ''] as const;
  });
  const gateways: EgressGateways = {
    byName: new Map(found.values.map((gateway) => [gateway.name, gateway])),
    ofNamespace: new Map(defaults.values.filter(([, name]) => name !== '')),
    ofCluster: found.values.find(({ isDefault }) => isDefault)?.name,
  };
  const policies = readEach([...ofKind('EgressPolicy'), ...ofKind('EgressClusterPolicy')], (fields, origin) => {
    const isCluster = origin.kind === 'EgressClusterPolicy';
    return readPolicy(
      fields,
      isCluster ? origin : { ...origin, namespace: origin.namespace ?? options.namespace },
      gateways,
    );
  });
  return {
    intents: policies.values.flatMap((value) => ('gateway' in value ? [value] : [])),
    pools: found.values.flatMap(({ pool }) => pool ?? []),
    notes: policies.values.flatMap((value) => ('gateway' in value ? [] : value.notes)),
    problems: [...found.problems, ...defaults.problems, ...policies.problems],
  };
}

function readPolicy(
  fields: Fields,
  origin: Origin,
  gateways: EgressGateways,
): Intent | { readonly notes: readonly Note[] } {
  const notes = openNotes(origin);
  const spec = needed(fields, 'spec', fields.map('spec'));
  notes.unknown(spec, ['egressGatewayName', 'egressIP', 'appliedTo', 'destSubnet', 'priority']);
  if (spec.integer('priority') !== undefined)
    notes.add('lost', 'spec.priority: with Sallyport the longest prefix of the destination decides, not a number');
  const pods = readAppliedTo(needed(spec, 'appliedTo', spec.map('appliedTo')), origin, notes);
  if (pods === undefined) return { notes: notes.notes };
  const gateway = readGatewayChoice({ spec, status: fields.map('status'), origin }, gateways);
  const destinations = cidrsOf(spec, 'destSubnet').flatMap((cidr) => cutDestination(cidr, []));
  return {
    origin,
    ...(origin.namespace === undefined ? {} : { namespace: origin.namespace }),
    pods: [pods],
    ...(destinations.length === 0 ? {} : { destinations }),
    leavesOtherFamily: true,
    gateway,
    notes: notes.notes,
  };
}

// The webhook refuses a policy that has neither podSubnet nor a podSelector that asks for something (webhook/validate.go).
function readAppliedTo(fields: Fields, { namespace }: Origin, notes: NoteBook): PodMatch | undefined {
  notes.unknown(fields, ['podSelector', 'podSubnet', ...(namespace === undefined ? ['namespaceSelector'] : [])]);
  const podSelector = parseSelector(fields, 'podSelector');
  const hasSubnet = fields.texts('podSubnet').length > 0;
  if (podSelector === undefined || isEmpty(podSelector)) {
    if (hasSubnet)
      notes.add(
        'lost',
        'spec.appliedTo.podSubnet: a route cannot choose Pods by their address: nothing was made of the policy',
      );
    else
      notes.add(
        'ignored',
        'spec.appliedTo.podSelector is missing or empty, which Spidernet refuses: nothing was made of the policy',
      );
    return undefined;
  }
  if (hasSubnet)
    notes.add(
      'lost',
      'spec.appliedTo.podSubnet: a route cannot choose Pods by their address; podSelector alone counts',
    );
  const everywhere: LabelSelector = {};
  if (namespace !== undefined) return { podSelector };
  return { namespaceSelector: parseSelector(fields, 'namespaceSelector') ?? everywhere, podSelector };
}
