import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** The parts of a structural schema (apiextensions.k8s.io/v1 JSONSchemaProps) that types are made of. */
export interface Schema {
  readonly description?: string | undefined;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean' | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly additionalProperties?: Schema | undefined;
  readonly items?: Schema | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly string[] | undefined;
}

/** One CustomResourceDefinition: where it was read, its kind and the schema of its only version. */
export interface CrdSchema {
  readonly file: string;
  readonly kind: string;
  readonly schema: Schema;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    description: z.string().optional(),
    type: z.enum(['object', 'array', 'string', 'integer', 'boolean']).optional(),
    properties: z.record(z.string(), schema).optional(),
    additionalProperties: schema.optional(),
    items: schema.optional(),
    required: z.array(z.string()).optional(),
    enum: z.array(z.string()).optional(),
  }),
);

const crd = z.object({
  kind: z.literal('CustomResourceDefinition'),
  spec: z.object({
    names: z.object({ kind: z.string() }),
    versions: z.tuple([z.object({ schema: z.object({ openAPIV3Schema: schema }) })]),
  }),
});

/** Reads every CustomResourceDefinition of `folder` (a file URL ending in a slash), in the order of the file names. */
export async function readCrdSchemas(folder: URL): Promise<readonly CrdSchema[]> {
  const files = (await readdir(folder))
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .sort();
  return await Promise.all(
    files.map(async (file) => {
      const parsed = crd.safeParse(parse(await readFile(new URL(file, folder), 'utf8')));
      if (!parsed.success)
        throw new Error(`${file} is not a CustomResourceDefinition with one version: ${z.prettifyError(parsed.error)}`);
      const { names, versions } = parsed.data.spec;
      return { file, kind: names.kind, schema: versions[0].schema.openAPIV3Schema };
    }),
  );
}
