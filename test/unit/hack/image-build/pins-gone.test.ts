import { expect, test } from 'vitest';
import { findGone, PinsGone } from '../../../../hack/image-build/pins-gone.ts';

const pin = (name: string, version: string) => ({
  name,
  version,
  source: `${name} ${version}`,
  sha256: '0'.repeat(64),
});
// As apt 2.6 prints it.
const madison = `     bird2 |   2.0.12-7 | http://deb.debian.org/debian bookworm/main amd64 Packages
   libssl3 | 3.0.17-1~deb12u3 | http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
   libssl3 | 3.0.17-1~deb12u2 | http://deb.debian.org/debian bookworm/main amd64 Packages
   libssl3 | 3.0.17-1~deb12u2 | http://deb.debian.org/debian bookworm/main amd64 Packages
`;

test('a version that is not among those on offer is gone', () => {
  const wanted = [pin('bird2', '2.0.12-7'), pin('libssl3', '3.0.17-1~deb12u1')];
  const gone = findGone(wanted, madison);
  expect(gone).toEqual([
    { name: 'libssl3', pinned: '3.0.17-1~deb12u1', offered: ['3.0.17-1~deb12u3', '3.0.17-1~deb12u2'] },
  ]);
  expect(new PinsGone(gone, '2026-11-22').message).toBe(
    'the mirrors no longer have what was pinned on 2026-11-22: libssl3 3.0.17-1~deb12u1 (now 3.0.17-1~deb12u3, 3.0.17-1~deb12u2)',
  );
});

test('an older version that is still there is not', () => {
  expect(findGone([pin('libssl3', '3.0.17-1~deb12u2')], madison)).toEqual([]);
});

test('where no mirror answered, nothing is known to be gone', () => {
  expect(findGone([pin('bird2', '1')], '')).toEqual([]);
});
