import { churn } from './churn.ts';
import { compile } from './compile.ts';
import { connect } from './connect.ts';
import { failover } from './failover.ts';
import { hollow } from './hollow.ts';
import { scaleDataplane } from './scale-dataplane.ts';
import { skeleton } from './skeleton.ts';
import { soak } from './soak.ts';
import { sweep } from './sweep.ts';
import { throughput } from './throughput.ts';
import { upgrade } from './upgrade.ts';

// npm run bench -- NAME: figures that mean something only beside each other; never part of the tests.
const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  churn,
  compile,
  connect,
  failover,
  hollow,
  'scale-dataplane': scaleDataplane,
  skeleton,
  soak,
  sweep,
  throughput,
  upgrade,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  process.stderr.write(`bench: give one of: ${Object.keys(benches).join(', ')}\n`);
  process.exitCode = 2;
} else {
  await bench(args);
}
