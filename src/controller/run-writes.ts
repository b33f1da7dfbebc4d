import { applyObject, createObject, deleteObject, mergePatch, updateStatusWithRetry } from '../kube/apply.ts';
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Write } from './writes.ts';

/** The manager that owns our fields (server-side apply). */
export const fieldManager = 'sallyport.dev/egress-controller';

export interface WriteContext {
  readonly client: KubeClient;
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

/** Runs the stages in order, the writes of one in parallel; a failed write keeps later stages back, never its neighbours. */
export async function runWrites(context: WriteContext, stages: readonly (readonly Write[])[]): Promise<BatchResult> {
  const written: BatchResult['written'][number][] = [];
  for (const stage of stages) {
    let failed = false;
    const queue = stage.values();
    const worker = async () => {
      for (const write of queue) {
        const result = await runWrite(context, write);
        if (result === 'failed') failed = true;
        else if (result !== 'stale') written.push({ write, resourceVersion: result.resourceVersion });
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallel, stage.length) }, worker));
    if (failed || context.signal.aborted) return { written, failed: true };
  }
  return { written, failed: false };
}

type WriteResult = 'stale' | 'failed' | { readonly resourceVersion: string | undefined };

async function runWrite(context: WriteContext, write: Write): Promise<WriteResult> {
  const where = { kind: write.resource.kind, name: write.name, namespace: write.namespace, write: write.kind };
  try {
    const object = await send(context, write);
    context.onWrite?.(write, 'written');
    context.log.debug(where, 'written');
    return { resourceVersion: object?.metadata.resourceVersion };
  } catch (error) {
    if (context.signal.aborted) return 'failed';
    // Somebody else was faster, or the object is gone: the watch brings the news and the next compile decides again.
    const stale = isConflict(error) || isAlreadyExists(error) || (isNotFound(error) && write.kind !== 'apply');
    const gone = isNotFound(error) && 'subresource' in write && write.subresource === 'status';
    context.onWrite?.(write, stale || gone ? 'stale' : 'failed');
    if (stale || gone) return 'stale';
    context.log.warn({ ...where, error: String(error) }, 'write failed; tried again with back-off');
    return 'failed';
  }
}

async function send({ client, signal }: WriteContext, write: Write): Promise<KubeObject | undefined> {
  const at = { name: write.name, ...(write.namespace === undefined ? {} : { namespace: write.namespace }) };
  switch (write.kind) {
    case 'apply': {
      const { metadata = {}, ...fields } = write.body;
      const object = { ...fields, metadata: { ...(metadata as object), ...at } };
      const options = { fieldManager, force: true, subresource: write.subresource, signal };
      return await applyObject(client, write.resource, object, options);
    }
    case 'create':
      return await createObject(client, write.resource, { ...write.body, metadata: at }, { fieldManager, signal });
    case 'swap': {
      const { subresource, resourceVersion } = write;
      return await mergePatch(client, write.resource, at, write.body, { subresource, resourceVersion, signal });
    }
    case 'share': {
      const { current, compute } = write;
      return await updateStatusWithRetry({ client, resource: write.resource, object: at }, compute, {
        current,
        signal,
      });
    }
    case 'delete': {
      const { resourceVersion } = write;
      await deleteObject(client, write.resource, at, { resourceVersion, signal });
      return undefined;
    }
  }
}
