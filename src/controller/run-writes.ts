import { match } from 'ts-pattern';
import { isRefusedAsInvalid } from '../kube/api-error.ts';
import { applyObject, createObject, deleteObject, mergePatch, updateStatusWithRetry } from '../kube/apply.ts';
import { isAlreadyExists, isConflict, isForbidden, isNotFound, type KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import { type Checker, createChecker } from './run-checks.ts';
import type { Write } from './writes.ts';

/** The manager that owns our fields (server-side apply). */
const fieldManager = 'sallyport.dev/egress-controller';

export interface WriteContext {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  onWrite?(write: Write, outcome: 'written' | 'stale' | 'failed'): void;
}

/** How a batch went: `written` to wait for in the watches, `failed` when something must be tried again. */
export interface BatchResult {
  readonly written: readonly { readonly write: Write; readonly resourceVersion: string | undefined }[];
  readonly failed: boolean;
}

const parallel = 8;

/**
 * Runs the stages in order, the writes of one in parallel. A failure (the server does not answer) keeps later stages back; a
 * refusal (an admission policy, a schema) is that object's own and keeps nothing back: it, too, is tried again later.
 */
export async function runWrites(context: WriteContext, stages: readonly (readonly Write[])[]): Promise<BatchResult> {
  const written: BatchResult['written'][number][] = [];
  let refused = false;
  const check = createChecker(context);
  for (const stage of stages) {
    let failed = false;
    const queue = stage.values();
    const worker = async () => {
      for (const write of queue) {
        const result = await runWrite(context, write, check);
        if (result === 'failed') failed = true;
        else if (result === 'refused') refused = true;
        else if (result !== 'stale') written.push({ write, resourceVersion: result.resourceVersion });
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallel, stage.length) }, worker));
    if (failed || context.signal.aborted) return { written, failed: true };
  }
  return { written, failed: refused };
}

/** How one write went; `stale`: somebody else was faster, or the object is gone. */
export type WriteResult = 'stale' | 'failed' | 'refused' | { readonly resourceVersion: string | undefined };

/** Sends one write, unless one of its checks says that it would be wrong by now; never rejects. */
export async function runWrite(
  context: WriteContext,
  write: Write,
  check: Checker = createChecker(context),
): Promise<WriteResult> {
  const where = { kind: write.resource.kind, name: write.name, namespace: write.namespace, write: write.kind };
  try {
    const problem = await check(write.checks ?? []);
    if (problem !== undefined) {
      context.log.warn({ ...where, problem }, 'not written: the watches are behind');
      context.onWrite?.(write, 'stale');
      return 'stale';
    }
    const object = await send(context, write);
    context.onWrite?.(write, 'written');
    context.log.debug(where, 'written');
    return { resourceVersion: object?.metadata.resourceVersion };
  } catch (error) {
    if (context.signal.aborted) return 'failed';
    // Somebody else was faster, or the object is gone: the watch brings the news and the next compile decides again.
    const isFound = !('resourceVersion' in write) && write.kind === 'apply';
    const stale = isConflict(error) || isAlreadyExists(error) || (isNotFound(error) && !isFound);
    const gone = isNotFound(error) && 'subresource' in write && write.subresource === 'status';
    context.onWrite?.(write, stale || gone ? 'stale' : 'failed');
    if (stale || gone) return 'stale';
    const isRefusal = isForbidden(error) || isRefusedAsInvalid(error);
    context.log.warn(
      { ...where, error: String(error) },
      `write ${isRefusal ? 'refused' : 'failed'}; tried again with back-off`,
    );
    return isRefusal ? 'refused' : 'failed';
  }
}

async function send({ client, signal }: WriteContext, write: Write): Promise<KubeObject | undefined> {
  const { resource, name, namespace } = write;
  const at = { name, ...(namespace === undefined ? {} : { namespace }) };
  return await match(write)
    .with({ kind: 'apply' }, ({ body, subresource, resourceVersion }) => {
      const { metadata = {}, ...fields } = body;
      const version = resourceVersion === undefined ? {} : { resourceVersion };
      const object = { ...fields, metadata: { ...(metadata as object), ...at, ...version } };
      return applyObject(client, resource, object, { fieldManager, force: true, subresource, signal });
    })
    .with({ kind: 'create' }, ({ body }) =>
      createObject(client, resource, { ...body, metadata: at }, { fieldManager, signal }),
    )
    .with({ kind: 'swap' }, ({ body, subresource, resourceVersion }) =>
      mergePatch(client, resource, at, body, { subresource, resourceVersion, signal }),
    )
    .with({ kind: 'share' }, ({ current, compute }) =>
      updateStatusWithRetry({ client, resource, object: at }, compute, { current, signal }),
    )
    .with({ kind: 'delete' }, async ({ resourceVersion }) => {
      await deleteObject(client, resource, at, { resourceVersion, signal });
      return undefined;
    })
    .exhaustive();
}
