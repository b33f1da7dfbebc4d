import { join } from 'node:path';

/** Everything of a lab is below its private /run (tmpfs): it is gone with the mount namespace, however the lab ends. */
export const runDir = '/run/lab';
export const binDir = `${runDir}/bin`;
export const bundleDir = `${runDir}/bundle`;
export const logDir = `${runDir}/logs`;
export const controlPlaneDir = `${runDir}/control-plane`;
export const containersDir = `${runDir}/containers`;
export const socketPath = `${runDir}/lab.sock`;
export const adminConfig = `${runDir}/admin.conf`;
export const adminTokenFile = `${runDir}/admin.token`;
export const authorityFile = `${controlPlaneDir}/ca.crt`;
/** Programs of the machine that containers with another root still need. */
export const toolsDir = `${runDir}/tools`;
/** The answers of the DNS server outside: `DnsRecords` as JSON. */
export const dnsFile = `${runDir}/dns.json`;
/** What the command line client has to know of a lab: `LabFacts` as JSON. */
export const factsFile = `${runDir}/facts.json`;
const netnsDir = '/run/netns';

/** The folder of the bundle that images with this tag have (`--bundle`). */
export function taggedBundleDir(tag: string): string {
  return `${runDir}/bundles/${tag}`;
}

/** The file of a network namespace: a node's, a server's, or `pod-<uid>`. */
export function netnsPath(name: string): string {
  return join(netnsDir, name);
}

/** A link to the network namespace of a pod, by namespace and name: what `lab exec` looks up. */
export function podLinkPath(namespace: string, name: string): string {
  return `${runDir}/pods/${namespace}/${name}`;
}

/** The folder that stands for a node's own root: hostPath volumes are inside. */
export function nodeRootDir(node: string): string {
  return `${runDir}/nodes/${node}`;
}

/** The socket of a node's container runtime. */
export function criSocketPath(node: string): string {
  return `${nodeRootDir(node)}/run/containerd/containerd.sock`;
}

/** The log of one container of a pod, kept when the pod is gone. */
export function containerLogPath(namespace: string, pod: string, container: string): string {
  return `${logDir}/${namespace}_${pod}_${container}.log`;
}
