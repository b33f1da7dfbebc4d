import { usage } from './options.ts';

process.stdout.write(`${usage}\n`);
