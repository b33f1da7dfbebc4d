import { findStaleTypes } from './types/type-files.ts';

// Fails when src/api/gen is not what hack/update-types.ts would write.
const stale = await findStaleTypes();
for (const sentence of stale) console.error(`${sentence}: run hack/update-types.sh and commit the result`);
process.exitCode = stale.length === 0 ? 0 : 1;
