import { ApiError, isGone } from './api-error.ts';
import { isRecord } from './object.ts';
import type { KubeClient } from './request.ts';
import { collectionPath, type ResourceRef } from './resource.ts';

/** Which objects of a resource. */
export interface ListSelection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends ListSelection {
  /** Objects per page, default 500. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a whole collection page by page, as one consistent state; `onPage` gets raw items, `restart` means that all earlier pages are void. Resolves to the state's resourceVersion. */
export async function readPages(
  at: { readonly client: KubeClient; readonly resource: ResourceRef },
  options: ListOptions,
  onPage: (items: readonly unknown[], restart: boolean) => void,
): Promise<string> {
  let next: string | undefined;
  let limit: number | undefined = options.limit ?? 500;
  for (let restart = true; ; ) {
    const page: Page = await readPage(at, { ...options, limit }, next).catch((error: unknown) => {
      // The continue token outlived its state (5 minutes): once more, in one piece.
      if (next === undefined || !isGone(error)) throw error;
      next = undefined;
      limit = undefined;
      restart = true;
      return readPage(at, { ...options, limit }, undefined);
    });
    onPage(page.items, restart);
    restart = false;
    next = page.next;
    if (next === undefined) return page.version;
  }
}

interface Page {
  readonly items: readonly unknown[];
  readonly version: string;
  readonly next: string | undefined;
}

async function readPage(
  { client, resource }: { readonly client: KubeClient; readonly resource: ResourceRef },
  { namespace, labelSelector, fieldSelector, limit, signal }: ListOptions,
  token: string | undefined,
): Promise<Page> {
  const path = collectionPath(resource, namespace);
  const query = { labelSelector, fieldSelector, limit, continue: token };
  const { body } = await client.request({ method: 'GET', path, query, signal });
  const metadata = isRecord(body) && isRecord(body['metadata']) ? body['metadata'] : {};
  const version = metadata['resourceVersion'];
  if (!isRecord(body) || (!Array.isArray(body['items']) && body['items'] !== null) || typeof version !== 'string') {
    const statusMessage = `the answer is no list: ${JSON.stringify(body)?.slice(0, 100)}`;
    throw new ApiError({ verb: 'GET', path, code: 0, reason: 'BadBody', statusMessage });
  }
  const next = metadata['continue'];
  return { items: body['items'] ?? [], version, next: typeof next === 'string' && next !== '' ? next : undefined };
}
