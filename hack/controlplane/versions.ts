/** What the lab and the tests run against, pinned; go.mod and go.sum of this folder pin the same for the build from modules. */
export const kubernetesVersion = '1.35.4';
export const etcdVersion = '3.6.5';

/** The five programs of a control plane, by file name. */
export const controlPlaneBinaries = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
] as const;
export type ControlPlaneBinary = (typeof controlPlaneBinaries)[number];

/** The Go package of each program; etcd's is named by its last element without version: `server`. */
export const goPackages: Readonly<Record<ControlPlaneBinary, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};

/** Gateway API as a Go module, with the `h1:` hash that go.sum files carry for it (golang.org/x/mod/sumdb/dirhash). */
export const gatewayApi = {
  module: 'sigs.k8s.io/gateway-api',
  version: 'v1.6.1',
  sum: 'h1:mock6phZbI6rvZerwrVNk7hVNymQgHo+6sJ81Ia7ftY=',
} as const;

/**
 * envtest's release archive of controller-tools: etcd, kube-apiserver and kubectl. The newest one of this minor version, by
 * Node's name of the processor, with the SHA-512 of its index (envtest-releases.yaml).
 */
export const envtest = {
  version: '1.35.0',
  sha512: {
    x64: '130369c16f076e724d089189afaede960316f5f5dea6cf57be7a4fc6f09c77342893192509790e4056e116e232dff832ed863f5bd55dcb55d38f3ab834828a11',
    arm64:
      'e53e2b88398f5b9503e3f074d82a2dcb090c708b34940848607ce658138a5d4a25962e042ab683ccc026a8a6c90c0be7f658e42dde0887369d73c3b68e2fc86c',
  },
} as const;
