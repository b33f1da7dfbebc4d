import { isIP } from 'node:net';
import type { Gateway } from '../../../src/api/gateway.ts';
import { readRange } from '../fake/ip.ts';
import type { PoolObject } from '../fake/view.ts';

type GatewaySpec = Gateway['spec'];

/** What the API server says to a Gateway that breaks a rule of upstream's schema; undefined when it does not. */
export function refuseGateway({ listeners, addresses = [] }: GatewaySpec): string | undefined {
  const names = listeners.map(({ name }) => name);
  const places = listeners.map(({ port, protocol, hostname }) => `${port} ${protocol} ${hostname}`);
  const values = addresses.flatMap(({ type, value }) => (type === 'IPAddress' && value !== undefined ? [value] : []));
  if (listeners.length < 1 || listeners.length > 64) return 'spec.listeners: must have 1 to 64 items';
  if (addresses.length > 16) return 'spec.addresses: must have at most 16 items';
  if (new Set(names).size < names.length) return 'Listener name must be unique within the Gateway';
  if (new Set(places).size < places.length) return 'Combination of port, protocol and hostname must be unique';
  if (new Set(values).size < values.length) return 'IPAddress values must be unique';
  if (values.some((value) => isIP(value) === 0)) return 'spec.addresses: value must be of format ipv4 or ipv6';
  const tls = listeners.some(
    (listener) => ['HTTP', 'TCP', 'UDP'].includes(listener.protocol) && listener.tls !== undefined,
  );
  if (tls) return "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']";
  const bare = listeners.some(({ protocol, tls: settings }) => protocol === 'TLS' && settings === undefined);
  return bare ? 'tls mode must be set for protocol TLS' : undefined;
}

/** What the API server says to an EgressAddressPool. */
export function refusePool({ addresses, avoid = [] }: PoolObject['spec']): string | undefined {
  if (addresses.length < 1 || addresses.length > 64) return 'spec.addresses: must have 1 to 64 items';
  const bad = [...addresses, ...avoid].find((text) => {
    const range = readRange(text);
    return range === undefined || range.first > range.last;
  });
  return bad === undefined ? undefined : `${bad} is no address, CIDR or range`;
}

/** A Gateway's spec with what the API server fills in. */
export function defaultGateway({ listeners, addresses, ...rest }: GatewaySpec): GatewaySpec {
  return {
    ...rest,
    ...(addresses === undefined ? {} : { addresses: addresses.map((one) => ({ type: 'IPAddress', ...one })) }),
    listeners: listeners.map(({ allowedRoutes = {}, ...listener }) => ({
      ...listener,
      allowedRoutes: {
        ...allowedRoutes,
        ...(allowedRoutes.kinds === undefined
          ? {}
          : { kinds: allowedRoutes.kinds.map((kind) => ({ group: 'gateway.networking.k8s.io', ...kind })) }),
        namespaces: { from: 'Same', ...allowedRoutes.namespaces },
      },
    })),
  };
}
