import { redactText } from '../telemetry/redact.ts';

/** An object of the API as a stranger may read it: without managed fields and foreign annotations, and without what looks like a token. */
export function redactObject(raw: unknown): unknown {
  const plain: unknown = JSON.parse(
    JSON.stringify(raw, (_, value) => (typeof value === 'string' ? redactText(value) : value)),
  );
  if (!isRecord(plain) || !isRecord(plain['metadata'])) return plain;
  const { managedFields: _, annotations, ...metadata } = plain['metadata'];
  const own = isRecord(annotations)
    ? Object.entries(annotations).filter(([key]) => /(^|\.)(sallyport\.dev|gateway\.networking\.k8s\.io)\//.test(key))
    : [];
  return { ...plain, metadata: own.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(own) } };
}

/** A Node without the names of its images and volumes, of which there may be hundreds. */
export function redactNode(raw: unknown): unknown {
  const plain = redactObject(raw);
  if (!isRecord(plain) || !isRecord(plain['status'])) return plain;
  const { images: _, volumesAttached: __, volumesInUse: ___, ...status } = plain['status'];
  return { ...plain, status };
}

/** A Pod of ours without its containers' environment. */
export function redactPod(raw: unknown): unknown {
  const plain = redactObject(raw);
  if (!isRecord(plain) || !isRecord(plain['spec'])) return plain;
  const { nodeName, hostNetwork, priorityClassName, containers } = plain['spec'];
  const kept = Array.isArray(containers)
    ? containers.filter(isRecord).map(({ name, image, args }) => ({ name, image, args }))
    : [];
  return { ...plain, spec: { nodeName, hostNetwork, priorityClassName, containers: kept } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
