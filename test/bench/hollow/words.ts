/** What a process of hollow nodes begins with. */
export interface AgentsSetup {
  /** Folder of the run. */
  readonly dir: string;
  readonly server: { readonly url: string; readonly dir: string; readonly caData: string; readonly adminToken: string };
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly token: string }[];
}

/** What it is asked; `expect`: the text that the next change must bring into every kernel; `stop`: this node is gone. */
export type AgentsAsk = { readonly id: number } & (
  | { readonly kind: 'start'; readonly setup: AgentsSetup }
  | { readonly kind: 'expect'; readonly text: string }
  | { readonly kind: 'stop'; readonly node: string }
  | { readonly kind: 'figures' }
);

/** What it answers to everything. */
export interface AgentsAnswer {
  readonly agents: number;
  readonly ready: number;
  /** In the kernels. */
  readonly pods: number;
  /** Transactions and batches. */
  readonly changes: number;
  readonly asExpected: number;
  /** Requests by verb, since the start. */
  readonly requests: Readonly<Record<string, number>>;
  readonly cpuMs: number;
  readonly residentMiB: number;
}
