import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { referenceFolder, renderDocFiles } from './api-docs/doc-files.ts';

// Writes docs/reference from config/crd and src/api/reasons*.ts; hack/verify-api-docs.ts is its twin that only compares.
const files = await renderDocFiles();
await mkdir(referenceFolder, { recursive: true });
const leftOver = (await readdir(referenceFolder)).filter((name) => !files.some((file) => file.name === name));
await Promise.all(leftOver.map((name) => rm(new URL(name, referenceFolder))));
await Promise.all(files.map(({ name, text }) => writeFile(new URL(name, referenceFolder), text)));
