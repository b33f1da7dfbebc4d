import type { Condition } from '../../src/api/meta.ts';

/** Any Kubernetes object as the API server gives it; everything in it is hostile until read. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** Which object: `namespace` absent for cluster-scoped kinds. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** The API server refused a request: HTTP status (409 conflict, 422 invalid, …) and its message. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The API of the cluster under test, with the rights of whoever runs the suite. Every refusal is an `ApiRefusal`. */
export interface Api {
  create(object: KubeObject): Promise<KubeObject>;
  /** Undefined when it does not exist. */
  get(name: ObjectName): Promise<KubeObject | undefined>;
  list(kind: Omit<ObjectName, 'name'>, labels?: Readonly<Record<string, string>>): Promise<readonly KubeObject[]>;
  /** RFC 7396 merge patch of spec and metadata; with `metadata.resourceVersion` only for that version. */
  patch(name: ObjectName, patch: unknown): Promise<KubeObject>;
  /** The same for the status subresource: how a test plays another controller. */
  patchStatus(name: ObjectName, patch: unknown): Promise<KubeObject>;
  /** Succeeds when it is gone already; returns at once, finalizers may keep the object. */
  delete(name: ObjectName): Promise<void>;
}

/** A packet's way out: which Pod asks whom. */
export interface Question {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly to: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** What needs packets; absent where no outside server is configured (those tests are then skipped, with that reason). */
export interface Traffic {
  /** Addresses of the echo server outside, at least two per family in use, in different /25s (IPv4) or /65s (IPv6). */
  readonly outside: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
  /** The source address that the outside saw, in RFC 5952 form; undefined when nothing came back within 3 s. */
  ask(question: Question): Promise<string | undefined>;
}

/** What breaks nodes, where the runner was given a command for it. */
export interface Faults {
  crash(node: string): Promise<void>;
  heal(node: string): Promise<void>;
}

/** The only clock of the suite: the mutants run on virtual time. */
export interface SuiteClock {
  /** Milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Everything that a test may touch. The suite runs against a cluster, or against the fake implementation of `mutants/`. */
export interface World {
  readonly api: Api;
  readonly traffic?: Traffic;
  readonly faults?: Faults;
  readonly clock: SuiteClock;
  /** Name of the GatewayClass under test, and the controllerName that it carries. */
  readonly gatewayClass: string;
  readonly controllerName: string;
  /** The one container of the Pods that the suite creates. The cluster schedules and runs them, and says so in their status. */
  readonly podContainer: { readonly name: string; readonly image: string; readonly command?: readonly string[] };
  /** Addresses that the class can hand out and nobody uses, and one that it cannot: given by flags, or found in pools. */
  readonly addresses: { readonly usable: readonly string[]; readonly unusable: string };
}

export type { Condition };
