import { describe, expect, it } from 'vitest';
import { diffSysctls } from '../../../../src/dataplane/sysctl/diff.ts';
import { createSysctls, SysctlError } from '../../../../src/dataplane/sysctl/exec.ts';
import { deviceKey, effectiveValue } from '../../../../src/dataplane/sysctl/model.ts';

const rpFilter = (device: string) => deviceKey(4, device, 'rp_filter');

describe('diffSysctls', () => {
  it('does not mind tabs between words', () => {
    expect(diffSysctls(new Map([['a', '1\t2\n']]), new Map([['a', '1 2']]))).toEqual([]);
  });

  it('reports what is missing', () => {
    expect(diffSysctls(new Map(), new Map([['a', '1']]))).toEqual([{ key: 'a', from: undefined, to: '1' }]);
  });

  it.each([
    ['0', '0', true],
    ['1', '0', true],
    ['1', '2', false],
    ['2', '0', false],
  ])('compares rp_filter by what takes effect: all %s, device %s', (all, own, differs) => {
    const observed = new Map([
      [rpFilter('all'), all],
      [rpFilter('egress0'), own],
    ]);
    expect(diffSysctls(observed, new Map([[rpFilter('egress0'), '2']])).length).toBe(differs ? 1 : 0);
    expect(effectiveValue(observed, rpFilter('egress0'))).toBe(String(Math.max(Number(all), Number(own))));
  });
});

describe('deviceKey', () => {
  it('keeps the dots of a device', () => {
    expect(deviceKey(4, 'eth0.5', 'rp_filter')).toBe('net/ipv4/conf/eth0.5/rp_filter');
  });

  it.each(['', '..', 'a/b', 'a b', 'sixteenletters-x'])('refuses "%s"', (device) => {
    expect(() => deviceKey(4, device, 'x')).toThrow(RangeError);
  });
});

describe('createSysctls', () => {
  it('writes what differs, tells whether it did, and names all that it could not', async () => {
    const files = new Map([
      ['/proc/sys/a', '0\n'],
      ['/proc/sys/b', '0\n'],
      ['/proc/sys/c', '0\n'],
    ]);
    const sysctls = createSysctls({
      read: async (path) => files.get(path),
      write: async (path, text) => {
        if (path.endsWith('/b')) throw new Error('EROFS: read-only file system');
        files.set(path, text);
      },
    });
    expect(await sysctls.apply(new Map([['a', '1']]))).toBe(true);
    expect(await sysctls.apply(new Map([['a', '1']]))).toBe(false);
    const all = sysctls.apply(new Map(['b', 'none', 'c'].map((key) => [key, '1'])));
    await expect(all).rejects.toThrow(SysctlError);
    await expect(all).rejects.toMatchObject({ keys: ['b', 'none'] });
    expect(await sysctls.applyPresent(new Map(['none', 'c'].map((key) => [key, '2'])))).toBe(true);
    expect(files.get('/proc/sys/c')).toBe('2\n');
    expect(await sysctls.applyPresent(new Map([['none', '2']]))).toBe(false);
    expect(await sysctls.read(['c', 'none'])).toEqual(
      new Map([
        ['c', '2'],
        ['none', undefined],
      ]),
    );
  });
});
