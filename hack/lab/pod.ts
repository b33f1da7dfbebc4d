import type { KubeObject } from './kube-api.ts';

/** Of a Pod, what the lab's kubelet reads. */
export interface Pod extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: { readonly phase?: string };
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly hostNetwork?: boolean;
  readonly serviceAccountName?: string;
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  readonly terminationGracePeriodSeconds?: number;
  readonly initContainers?: readonly PodContainer[];
  readonly containers: readonly PodContainer[];
  readonly volumes?: readonly PodVolume[];
}

export interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly PodEnv[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly readinessProbe?: PodProbe;
  readonly livenessProbe?: PodProbe;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
}

export interface PodProbe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string; readonly host?: string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

export interface PodEnv {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

export interface PodVolume {
  readonly name: string;
  readonly hostPath?: { readonly path: string };
  readonly emptyDir?: unknown;
  readonly projected?: { readonly sources?: readonly ProjectedSource[] };
}

export interface ProjectedSource {
  readonly serviceAccountToken?: {
    readonly path: string;
    readonly audience?: string;
    readonly expirationSeconds?: number;
  };
  readonly configMap?: { readonly name?: string };
  readonly downwardAPI?: unknown;
}

/** True for the images whose containers the lab runs (`sallyport`, from any registry, any tag); nothing of others runs. */
export function isSallyportImage(image: string): boolean {
  return /^(?:.*\/)?sallyport(?::[^/]*)?(?:@.*)?$/.test(image);
}

/** The tag of an image's name; undefined without one. */
export function imageTag(image: string): string | undefined {
  return /:([^/:@]+)(?:@.*)?$/.exec(image)?.[1];
}

/** The path of a Pod in the API. */
export function podPath({ metadata }: Pod, subresource = ''): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}${subresource}`;
}
