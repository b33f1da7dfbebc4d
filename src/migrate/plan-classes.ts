import { apiGroup, apiVersion, controllerName, gatewayGroup } from '../api/names.ts';
import { classKey, describeClass, isOneNode } from './gateway-wish.ts';
import type { ClassWish, Note, NotedManifest, Origin } from './model.ts';
import type { Namer } from './names.ts';

/** Who wishes for nodes or a network. */
export interface ClassUse {
  readonly origin: Origin;
  readonly classWish?: ClassWish;
}

export interface Classes {
  readonly manifests: readonly NotedManifest[];
  /** The GatewayClass for a wish. */
  nameOf(wish: ClassWish | undefined): string;
}

/** A GatewayClass with its EgressClass for every different wish; without a wish it is `gatewayClass`, which is not made. */
export function planClasses(uses: readonly ClassUse[], gatewayClass: string, name: Namer): Classes {
  name('GatewayClass', gatewayClass);
  const groups = Map.groupBy(
    uses.filter((use): use is Required<ClassUse> => use.classWish !== undefined),
    ({ classWish }) => classKey(classWish),
  );
  const classes = [...groups].map(([key, users]) => {
    const [{ classWish }] = users as [Required<ClassUse>];
    return { key, users, classWish, name: name('GatewayClass', `${gatewayClass}-${describeClass(classWish)}`) };
  });
  const names = new Map(classes.map((entry) => [entry.key, entry.name]));
  return {
    manifests: classes.flatMap((entry) => renderClass(entry.name, entry.classWish, entry.users)),
    nameOf: (wish) => (wish === undefined ? gatewayClass : (names.get(classKey(wish)) ?? gatewayClass)),
  };
}

function renderClass(name: string, wish: ClassWish, users: readonly ClassUse[]): readonly NotedManifest[] {
  const origins = users.map(({ origin }) => origin);
  const { nodeSelector, network } = wish;
  const spec = {
    ...(network === undefined ? {} : { networks: [network] }),
    ...(nodeSelector === undefined ? {} : { gatewayNodes: { nodeSelector } }),
  };
  const parametersRef = { group: apiGroup, kind: 'EgressClass', name };
  return [
    {
      manifest: { apiVersion, kind: 'EgressClass', metadata: { name }, spec },
      origins,
      notes: noteClass(wish, origins),
    },
    {
      manifest: {
        apiVersion: `${gatewayGroup}/v1`,
        kind: 'GatewayClass',
        metadata: { name },
        spec: { controllerName, parametersRef },
      },
      origins,
      notes: [],
    },
  ];
}

function noteClass(wish: ClassWish, [origin]: readonly Origin[]): readonly Note[] {
  if (origin === undefined || !isOneNode(wish)) return [];
  const message =
    'the nodes are one, by its host name: when it dies nothing takes its addresses over; select two or more';
  return [{ effect: 'check', origin, message }];
}
