import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseUpstreamOptions } from '../../../../hack/upstream/options.ts';

describe('parseUpstreamOptions', () => {
  it('runs in a lab with class egress unless told otherwise', () => {
    expect(parseUpstreamOptions([])).toEqual({ gatewayClass: 'egress', flags: [] });
  });

  it('takes paths from here, and hands on what comes after --', () => {
    const args = ['--kubeconfig', 'k', '--gateway-class=other', '--report', 'r.yaml', '--', '--run-test=A', '--', '-x'];
    expect(parseUpstreamOptions(args)).toEqual({
      kubeconfig: resolve('k'),
      gatewayClass: 'other',
      report: resolve('r.yaml'),
      flags: ['--run-test=A', '--', '-x'],
    });
  });

  it('refuses what it does not know', () => {
    expect(() => parseUpstreamOptions(['--class', 'x'])).toThrow('--class');
    expect(() => parseUpstreamOptions(['x'])).toThrow('x');
  });
});
