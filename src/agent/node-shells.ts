import { type Conntrack, createConntrack } from '../dataplane/conntrack/exec.ts';
import { createNeighbours, type Neighbours } from '../dataplane/neighbour/exec.ts';
import { createNft, type Nft } from '../dataplane/nft/exec.ts';
import { createNftSession } from '../dataplane/nft/session.ts';
import { createRouting, type Routing } from '../dataplane/route/exec.ts';
import { createSysctls, type Sysctls } from '../dataplane/sysctl/exec.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';

/** The kernel of a node, as an agent reads and writes it. */
export interface NodeShells {
  readonly nft: Nft;
  readonly routing: Routing;
  readonly sysctls: Sysctls;
  readonly conntrack: Conntrack;
  /** Who asks for what others have, and who asks before it claims something: they are used side by side. */
  readonly neighbours: { readonly asking: Neighbours; readonly claiming: Neighbours };
}

export interface NodeShellOptions {
  readonly runner: Runner;
  /** Where the kernel's settings can be written; undefined: /proc/sys. */
  readonly sysctlDir?: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The kernel of this network namespace, by its tools; what they keep running ends with the signal. */
export function createNodeShells(options: NodeShellOptions): NodeShells {
  return {
    nft: createNft({ ...options, session: createNftSession(options) }),
    routing: createRouting(options),
    sysctls: createSysctls(undefined, options.sysctlDir),
    conntrack: createConntrack(options),
    neighbours: {
      asking: createNeighbours(options),
      claiming: createNeighbours({ ...options, table: 'sallyport-probe' }),
    },
  };
}
