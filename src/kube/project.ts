import { isKubeObject, isRecord } from './object.ts';

type Raw = Readonly<Record<string, unknown>>;

/** What every projection keeps of the metadata: no managedFields, no last-applied annotation. Throws TypeError on what is no object. */
export interface ProjectedMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerUids?: readonly string[];
}

/** The raw object's metadata as text and numbers of the right types; throws TypeError when name, uid or resourceVersion is missing. */
export function projectMeta(
  raw: unknown,
  options: { readonly annotations?: boolean; readonly owners?: boolean } = {},
): ProjectedMeta {
  if (!isKubeObject(raw)) throw new TypeError('not a Kubernetes object: no metadata.name');
  const meta: Raw = raw.metadata;
  const optional = (field: string) => (typeof meta[field] === 'string' ? { [field]: meta[field] } : {});
  return {
    name: raw.metadata.name,
    uid: text(meta, 'uid'),
    resourceVersion: text(meta, 'resourceVersion'),
    creationTimestamp: text(meta, 'creationTimestamp'),
    ...optional('namespace'),
    ...optional('deletionTimestamp'),
    ...(typeof meta['generation'] === 'number' ? { generation: meta['generation'] } : {}),
    ...(isRecord(meta['labels']) ? { labels: textMap(meta['labels']) } : {}),
    ...(options.annotations === true && isRecord(meta['annotations'])
      ? { annotations: textMap(meta['annotations']) }
      : {}),
    ...(Array.isArray(meta['finalizers']) ? { finalizers: texts(meta['finalizers']) } : {}),
    ...(options.owners === true ? { ownerUids: ownerUids(meta['ownerReferences']) } : {}),
  };
}

function ownerUids(references: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(references) ? references : [];
  return texts(list.map((reference) => recordAt({ reference }, 'reference')['uid']));
}

/** Metadata, spec and status of an object whose shape its CRD's structural schema guarantees. */
export function projectObject<T>(raw: unknown): T {
  const metadata = projectMeta(raw);
  const { spec, status } = raw as { spec?: unknown; status?: unknown };
  return { metadata, spec: isRecord(spec) ? spec : {}, ...(isRecord(status) ? { status } : {}) } as T;
}

/** A field of a raw object, or an empty record. */
export function recordAt(raw: unknown, field: string): Raw {
  const value = isRecord(raw) ? raw[field] : undefined;
  return isRecord(value) ? value : {};
}

/** The strings of a raw list; anything else in it is left out. */
export function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** `{[field]: value}` when the raw field is text, else nothing: for spreading into exact optional properties. */
export function optionalText<F extends string>(raw: Raw, field: F): { readonly [K in F]?: string } {
  const value = raw[field];
  return typeof value === 'string' ? ({ [field]: value } as { readonly [K in F]: string }) : {};
}

function text(meta: Raw, field: string): string {
  const value = meta[field];
  if (typeof value !== 'string') throw new TypeError(`not an object of the API server: metadata.${field} is missing`);
  return value;
}

function textMap(raw: Raw): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
