// What the conformance suite calls to break a node of the cluster and to heal it: `node fault.ts crash|heal NODE`, with the place in the environment.
import { setCable } from './faults.ts';
import { createPlace } from './place.ts';
import { until } from './tools.ts';

const [action, node = ''] = process.argv.slice(2);
const env = (name: string) => process.env[name] ?? '';
const place = createPlace({ enter: [], kubeconfig: env('KUBECONFIG'), kubectl: env('SALLYPORT_KIND_KUBECTL') });
await setCable(place, env('SALLYPORT_KIND_IMAGE'), { node, up: action === 'heal' });
if (action === 'heal')
  await until(`${node} is Ready`, 120, async () => {
    const path = '{.status.conditions[?(@.type=="Ready")].status}';
    return (await place.kubectl(['get', 'node', node, '-o', `jsonpath=${path}`])) === 'True' ? true : undefined;
  });
