import type { ApiAnswer, ApiClient } from '../../support/api-client.ts';
import { type CrdCase, type CrdCases, type Json, setAt } from './case.ts';

/** Why the API server refused: `field` is the path with [] for every place in a list, '' for the whole object. */
export interface Cause {
  readonly field: string;
  readonly message: string;
}

const ownVersion = 'sallyport.dev/v1alpha1';

export const collectionPath = ({
  plural,
  namespaced,
  apiVersion = ownVersion,
}: Pick<CrdCases, 'plural' | 'namespaced' | 'apiVersion'>) =>
  `/apis/${apiVersion}/${namespaced === true ? 'namespaces/default/' : ''}${plural}`;

/** What the API server answered to the two values of one row. */
export interface CaseAnswers {
  readonly row: CrdCase;
  readonly taken: ApiAnswer;
  readonly refused: ApiAnswer;
}

/**
 * Sends every row of `suite`, as dry runs: all is judged, nothing stored. Rows that create go first; the others change the base
 * object, which then exists (and would make every create a conflict).
 */
export async function sendCases(client: ApiClient, suite: CrdCases): Promise<readonly CaseAnswers[]> {
  const send = async (row: CrdCase): Promise<CaseAnswers> => {
    const [taken, refused] = await Promise.all([
      sendValue(client, suite, row, row.passes),
      sendValue(client, suite, row, row.fails),
    ]);
    return { row, taken, refused };
  };
  const created = await Promise.all(suite.cases.filter(isCreate).map(send));
  const base = await client.request(collectionPath(suite), { method: 'POST', body: withKind(suite, suite.base) });
  if (base.status !== 201)
    throw new Error(`the base object of ${suite.kind} was refused: ${JSON.stringify(base.body)}`);
  const changed = await Promise.all(suite.cases.filter((row) => !isCreate(row)).map(send));
  return [...created, ...changed];
}

const isCreate = ({ by = 'create' }: CrdCase) => by === 'create';

async function sendValue(
  client: ApiClient,
  suite: CrdCases,
  row: CrdCase,
  value: Json | undefined,
): Promise<ApiAnswer> {
  const path = collectionPath(suite);
  const object = withKind(suite, row.at === '' ? (value ?? {}) : setAt(suite.base, row.at.split('.'), value));
  if (isCreate(row)) return await client.request(`${path}?dryRun=All`, { method: 'POST', body: object });
  return await client.request(`${path}/${suite.base.metadata.name}${row.by === 'status' ? '/status' : ''}?dryRun=All`, {
    method: 'PATCH',
    contentType: 'application/merge-patch+json',
    body: object,
  });
}

/** The causes of a refusal (metav1.Status details), empty for anything else. */
export function readCauses(answer: ApiAnswer | undefined): readonly Cause[] {
  const body = answer?.body as { readonly details?: { readonly causes?: readonly Partial<Cause>[] } } | undefined;
  const plain = (field: string) => (field === '<nil>' ? '' : field.replaceAll(/\[\d+\]/g, '[]'));
  return (body?.details?.causes ?? []).map(({ field = '', message = '' }) => ({ field: plain(field), message }));
}

function withKind(suite: CrdCases, object: Json): Json {
  return {
    apiVersion: suite.apiVersion ?? ownVersion,
    kind: suite.kind,
    ...(object as { readonly [key: string]: Json }),
  };
}
