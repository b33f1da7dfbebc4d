import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { debianLockFile, readDebianLock, renderDebianLock } from '../../../../hack/image-build/debian-lock.ts';

describe('the lock of Debian packages', () => {
  it('is as hack/image writes it', () => {
    expect(renderDebianLock(readDebianLock())).toBe(readFileSync(debianLockFile, 'utf8'));
  });
});
