import {
  type ListedSandbox,
  parseEvent,
  parseSandboxList,
  parseStatusAnswer,
  parseVersion,
  type RuntimeVersion,
  renderStatusRequest,
  type SandboxEvent,
  type SandboxStatus,
} from './messages.ts';
import { type Rpc, RpcError } from './rpc.ts';

/** A container runtime, as CRI v1 shows it; all reject with RpcError or WireError. */
export interface Runtime {
  version(): Promise<RuntimeVersion>;
  /** All sandboxes, ready or not. */
  list(): Promise<readonly ListedSandbox[]>;
  /** Undefined for one that is not there (any more). */
  status(id: string): Promise<SandboxStatus | undefined>;
  /** Events until the runtime ends the stream. */
  follow(onEvent: (event: SandboxEvent) => void): Promise<void>;
  /** As `Rpc`. */
  readonly closed: Promise<string>;
}

const service = '/runtime.v1.RuntimeService';
const empty = new Uint8Array();

/** CRI v1 over a connection. */
export function createRuntime(rpc: Rpc): Runtime {
  return {
    closed: rpc.closed,
    version: async () => parseVersion(await rpc.call(`${service}/Version`, empty)),
    list: async () => parseSandboxList(await rpc.call(`${service}/ListPodSandbox`, empty)),
    status: async (id) => {
      try {
        return parseStatusAnswer(await rpc.call(`${service}/PodSandboxStatus`, renderStatusRequest(id)));
      } catch (error) {
        if (error instanceof RpcError && error.failure === 'not-found') return undefined;
        throw error;
      }
    },
    follow: (onEvent) =>
      rpc.stream(`${service}/GetContainerEvents`, empty, (message) => {
        const event = parseEvent(message);
        if (event !== undefined) onEvent(event);
      }),
  };
}

/**
 * Whether its events may be asked for: subscribers of containerd before 2.0 share one queue and take events away from each other
 * (containerd issue 7318), the kubelet's evented PLEG included.
 */
export function sharesEvents({ name, version }: RuntimeVersion): boolean {
  const major = /^v?(\d{1,4})\./.exec(version)?.[1];
  return name !== 'containerd' || (major !== undefined && Number(major) >= 2);
}
