import { describe, expect, it } from 'vitest';
import { componentImages } from '../../../../hack/kind-cluster/component-images.ts';

describe('componentImages', () => {
  it("knows the programs of kubeadm's list, and leaves CoreDNS out", () => {
    const list = [
      'r.example/kube-apiserver:v1',
      'r.example/kube-proxy:v1',
      'r.example/coredns/coredns:v1',
      'r.example/pause:3.10',
    ];
    expect(componentImages(list, (name) => `/bin/${name}`)).toEqual([
      { name: 'r.example/kube-apiserver:v1', program: '/bin/kube-apiserver' },
      { name: 'r.example/kube-proxy:v1', program: '/bin/kube-proxy', needsTables: true },
      { name: 'r.example/pause:3.10', program: '/bin/pause' },
    ]);
  });
});
