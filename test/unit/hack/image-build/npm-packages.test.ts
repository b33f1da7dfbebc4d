import { describe, expect, it } from 'vitest';
import { packageFolders } from '../../../../hack/image-build/npm-packages.ts';

describe('packageFolders', () => {
  it('finds packages, scoped and nested ones, and leaves our own sources out', () => {
    const inputs = [
      'src/cli/main.ts',
      'node_modules/pino/lib/a.js',
      'node_modules/pino/pino.js',
      'node_modules/@kubernetes/client-node/dist/index.js',
      'node_modules/a/node_modules/@b/c/index.js',
      '../elsewhere/node_modules/yaml/dist/index.js',
      'node:fs',
    ];
    expect(packageFolders(inputs)).toEqual([
      'node_modules/@kubernetes/client-node',
      'node_modules/a/node_modules/@b/c',
      'node_modules/pino',
      'node_modules/yaml',
    ]);
  });
});
