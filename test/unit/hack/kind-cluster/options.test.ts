import { describe, expect, it } from 'vitest';
import { parseKindOptions } from '../../../../hack/kind-cluster/options.ts';

describe('parseKindOptions', () => {
  it('has its defaults', () => {
    expect(parseKindOptions([])).toEqual({
      ...{ name: 'sallyport', proxyMode: 'iptables', ipFamily: 'dual', nodeImage: { kind: 'published' } },
      ...{ ownDocker: false, keep: false, conformance: true },
    });
  });

  it('tells where the nodes come from', () => {
    expect(parseKindOptions(['--build-node-image'])?.nodeImage).toEqual({ kind: 'built' });
    expect(parseKindOptions(['--node-image', 'x:1'])?.nodeImage).toEqual({ kind: 'named', name: 'x:1' });
  });

  it.each([
    [['--proxy-mode', 'ipvs'], 'must be iptables or nftables'],
    [['--ip-family', 'ipv6'], 'must be dual or ipv4'],
    [['--node-image', 'x', '--build-node-image'], 'exclude each other'],
    [['--name', 'A'], '--name A'],
    [['--throughput', '0'], 'number of rounds'],
    [['--what'], '--what'],
  ])('refuses %j', (args, message) => {
    expect(() => parseKindOptions(args)).toThrow(message);
  });

  it('answers nothing where help is wanted', () => {
    expect(parseKindOptions(['-h'])).toBeUndefined();
  });
});
