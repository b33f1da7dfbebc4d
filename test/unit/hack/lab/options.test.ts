import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../../hack/lab/options.ts';

const defaults = {
  nodes: 3,
  joinLater: 0,
  networks: 1,
  ipFamily: 'dual',
  cni: 'bridge',
  cri: 'events',
  manifests: [],
  bundles: {},
  bare: false,
  command: [],
};

describe('parseOptions', () => {
  it.each([
    [[], defaults],
    [['--'], defaults],
    [
      ['--nodes', '4', '--networks=2', '--cni', 'routed', '--bare'],
      { ...defaults, nodes: 4, networks: 2, cni: 'routed', bare: true },
    ],
    [
      ['--advert', '20', '--', 'kubectl', '--nodes', '--'],
      { ...defaults, advert: 20, command: ['kubectl', '--nodes', '--'] },
    ],
    [['--manifests', '/etc', '--manifests', '/usr'], { ...defaults, manifests: ['/etc', '/usr'] }],
    [['--bundle', 'old=/etc', '--bundle=1.0=/usr'], { ...defaults, bundles: { old: '/etc', '1.0': '/usr' } }],
    [['--install', '/etc'], { ...defaults, install: '/etc' }],
    [['--nodes', '4', '--join-later', '1'], { ...defaults, nodes: 4, joinLater: 1 }],
    [['--keep', '/a/../b'], { ...defaults, keep: '/b' }],
  ])('reads %j', (args, value) => {
    expect(parseOptions(args)).toEqual({ ok: true, value });
  });

  it.each([
    [['--nodes', '0'], '--nodes 0'],
    [['--join-later', '3'], 'from 0 to 2'],
    [['--nodes', '90'], 'from 1 to 89'],
    [['--nodes', '1e1'], 'whole number'],
    [['--nodes'], 'needs a value'],
    [['--nodes', '--'], 'needs a value'],
    [['--cni', 'calico'], 'one of bridge'],
    [['--ip-family', 'ipv5'], 'one of ipv4, ipv6, dual'],
    [['--manifests', '/no/such'], 'no such file'],
    [['--bundle', '/etc'], 'must be TAG=FILE'],
    [['--bundle', 'old=/no/such'], 'no such file'],
    [['--bear'], 'unknown argument "--bear"'],
    [['kubectl'], 'unknown argument "kubectl"'],
    [['--bare=yes'], 'unknown argument'],
  ])('refuses %j', (args, message) => {
    const decision = parseOptions(args);
    expect(decision.ok ? '' : decision.message).toContain(message);
  });
});
