import { describe, expect, it } from 'vitest';
import { capabilitiesOf } from '../../../../hack/lab/capabilities.ts';

const of = (securityContext: object) => capabilitiesOf({ name: 'c', image: 'sallyport', securityContext });

describe('capabilitiesOf', () => {
  it('gives exactly what is added where all are dropped', () => {
    expect(of({ capabilities: { drop: ['ALL'], add: ['NET_RAW', 'CAP_NET_ADMIN'] } })).toBe('net_admin,net_raw');
    expect(of({ capabilities: { drop: ['ALL'] } })).toBe('none');
  });

  it('gives all to a privileged container', () => {
    expect(of({ privileged: true, capabilities: { drop: ['ALL'] } })).toBe('all');
    expect(of({ capabilities: { drop: ['ALL'], add: ['ALL'] } })).toBe('all');
  });

  it('begins with what runtimes give whoever asks for nothing', () => {
    expect(capabilitiesOf({ name: 'c', image: 'sallyport' })).toContain('net_raw');
    expect(of({ capabilities: { drop: ['NET_RAW'] } })).not.toContain('net_raw');
    expect(of({ capabilities: { add: ['NET_ADMIN'] } })).toMatch(/chown.*net_admin/);
  });
});
