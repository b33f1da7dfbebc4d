import { describe, expect, it } from 'vitest';
import { projectPod } from '../../../src/agent/project-pod.ts';

const raw = (annotations: Readonly<Record<string, string>>) => ({
  metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z', annotations },
  status: { podIPs: [{ ip: 'FD00::2' }, { ip: '10.0.0.2; drop' }, 'x'] },
});

describe('a Pod of the API', () => {
  it('keeps the addresses that are some', () => {
    expect(projectPod(raw({})).status.podIPs).toEqual(['fd00::2']);
  });

  it("is a mirror only by a static Pod's hash, never by another Pod's uid", () => {
    const mirrorOf = (value: string) => projectPod(raw({ 'kubernetes.io/config.mirror': value })).mirrorOf;
    expect(mirrorOf('0123456789abcdef0123456789abcdef')).toBe('0123456789abcdef0123456789abcdef');
    expect(mirrorOf('7d444840-9dc0-11d1-b245-5ffdce74fad2')).toBeUndefined();
    expect(projectPod(raw({}))).not.toHaveProperty('mirrorOf');
  });

  it('sends beacons when its label says so and it is ready', () => {
    const plain = raw({});
    const labelled = (status: unknown, labels: object = { 'sallyport.dev/beacon': 'true' }) =>
      projectPod({
        metadata: { ...plain.metadata, labels },
        status: { ...plain.status, conditions: ['x', { type: 'Ready', status }] },
      }).sendsBeacons;
    expect(labelled('True')).toBe(true);
    expect(labelled('False')).toBeUndefined();
    expect(labelled('True', {})).toBeUndefined();
    expect(
      projectPod({ ...plain, metadata: { ...plain.metadata, labels: { 'sallyport.dev/beacon': '' } } }),
    ).not.toHaveProperty('sendsBeacons');
  });
});
