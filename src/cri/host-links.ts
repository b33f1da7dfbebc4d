const mostLinks = 8;
const crioResult = 'io.kubernetes.cri-o.CNIResult';

/**
 * Names of the node's ends of a sandbox's links: the interfaces outside a sandbox in the CNI plugin's result (CNI spec 1.0, "Success"), as
 * the verbose PodSandboxStatus of containerd (`cniResult`) and of CRI-O (an annotation of `runtimeSpec`) have it. Bridges may be
 * among them. Empty where nothing of that is there or readable: a runtime need not show it.
 */
export function parseHostLinks(info: string): readonly string[] {
  const json = parse(info);
  const annotation = member(member(member(json, 'runtimeSpec'), 'annotations'), crioResult);
  const containerd = Object.entries(object(member(member(json, 'cniResult'), 'Interfaces'))).map(
    ([name, link]) => [name, member(link, 'Sandbox')] as const,
  );
  const listed = typeof annotation === 'string' ? member(parse(annotation), 'interfaces') : undefined;
  const crio = (Array.isArray(listed) ? listed : []).map(
    (link: unknown) => [member(link, 'name'), member(link, 'sandbox')] as const,
  );
  const names = [...containerd, ...crio].flatMap(([name, sandbox]) =>
    isLinkName(name) && (sandbox === undefined || sandbox === '') ? [name] : [],
  );
  return [...new Set(names)].slice(0, mostLinks);
}

// They become paths below /sys.
function isLinkName(name: unknown): name is string {
  return typeof name === 'string' && /^(?!\.{1,2}$)[A-Za-z0-9_.@-]{1,15}$/.test(name);
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(json: unknown, key: string): unknown {
  return Object.hasOwn(object(json), key) ? object(json)[key] : undefined;
}

function object(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : {};
}
