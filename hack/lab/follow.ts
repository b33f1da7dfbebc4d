import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi, KubeObject } from './kube-api.ts';

export interface ListHandlers<T> {
  /** All objects there are: after every list. */
  readonly onList: (objects: readonly T[]) => void;
  readonly onChange: (object: T) => void;
  readonly onDelete: (object: T) => void;
}

/** Lists and watches a collection until the signal, whatever happens to the API server: after any trouble it lists again. */
export async function follow<T extends KubeObject>(
  api: KubeApi,
  path: string,
  { handlers, signal }: { readonly handlers: ListHandlers<T>; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const list = await api.request<{
        readonly metadata: { readonly resourceVersion: string };
        readonly items: readonly T[];
      }>({ path });
      handlers.onList(list.items);
      const query = `watch=1&resourceVersion=${list.metadata.resourceVersion}&allowWatchBookmarks=true`;
      for await (const event of api.watch<T>(`${path}?${query}`, signal)) {
        if (event.type === 'ERROR') break;
        if (event.type === 'DELETED') handlers.onDelete(event.object);
        else if (event.type !== 'BOOKMARK') handlers.onChange(event.object);
      }
    } catch {
      // The API server is away: faults do that.
    }
    await sleep(200);
  }
}
