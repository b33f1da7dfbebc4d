import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readElf } from '../../../../hack/image-build/elf.ts';
import { elfFile } from '../../../support/elf.ts';

const name = fc.stringMatching(/^lib[a-z0-9.+_-]{1,30}$/);

describe('readElf', () => {
  it('reads the loader and the libraries in order', () => {
    fc.assert(
      fc.property(fc.array(name), fc.option(fc.constant('/lib64/ld.so.2')), (libraries, interpreter) => {
        const found = readElf(elfFile(libraries, interpreter ?? undefined));
        expect(found).toEqual({ libraries, ...(interpreter === null ? {} : { interpreter }) });
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a script', `#!/bin/sh\n${'x'.repeat(200)}`],
    ['a program of 32 bits', `\x7fELF\x01\x01${'\0'.repeat(200)}`],
  ])('knows that %s is none', (_, text) => {
    expect(readElf(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});
