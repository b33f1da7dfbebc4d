import { findStaleDocs } from './api-docs/doc-files.ts';

// Fails when docs/reference is not what hack/update-api-docs.ts would write.
const stale = await findStaleDocs();
for (const sentence of stale) console.error(`${sentence}: run hack/update-api-docs.sh and commit the result`);
process.exitCode = stale.length === 0 ? 0 : 1;
