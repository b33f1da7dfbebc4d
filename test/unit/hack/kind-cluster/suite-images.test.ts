import { describe, expect, it } from 'vitest';
import { suiteImages } from '../../../../hack/kind-cluster/suite-images.ts';

const container = (image: string) =>
  `      containers:\n        - name: echo\n          image: ${image}\n          env: []\n`;

describe('suiteImages', () => {
  it('names each image once', () => {
    const manifests = ['r.example/echo-basic:v1', 'r.example/coredns/coredns:v2', 'r.example/echo-basic:v1'].map(
      container,
    );
    expect(suiteImages(manifests.join('---\n'))).toEqual([
      { name: 'r.example/echo-basic:v1', program: 'echo-basic' },
      { name: 'r.example/coredns/coredns:v2', program: 'coredns' },
    ]);
  });

  it('says so when upstream wants another program', () => {
    expect(() => suiteImages(container('"r.example/echo-advanced:v1"'))).toThrow('r.example/echo-advanced:v1');
  });
});
