import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** A rule in CEL (x-kubernetes-validations): what it says when it refuses. */
interface CelRule {
  readonly rule: string;
  readonly message?: string | undefined;
}

/** The parts of a structural schema (apiextensions.k8s.io/v1 JSONSchemaProps) that types and the API reference are made of. */
export interface Schema {
  readonly description?: string | undefined;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean' | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly additionalProperties?: Schema | undefined;
  readonly items?: Schema | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly string[] | undefined;
  readonly default?: unknown;
  readonly format?: string | undefined;
  readonly pattern?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly 'x-kubernetes-list-type'?: string | undefined;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[] | undefined;
  readonly 'x-kubernetes-validations'?: readonly CelRule[] | undefined;
}

/** A column of `kubectl get`; those with a priority above 0 are of `-o wide`. */
interface Column {
  readonly name: string;
  readonly jsonPath: string;
  readonly priority?: number | undefined;
}

/** One CustomResourceDefinition: where it was read, its kind and the schema of its only version. */
export interface CrdSchema {
  readonly file: string;
  readonly kind: string;
  readonly schema: Schema;
}

/** The same with all that a reader of the API reference wants to know. */
export interface CrdPage extends CrdSchema {
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Cluster' | 'Namespaced';
  readonly version: string;
  /** Whether status is a subresource. */
  readonly hasStatusSubresource: boolean;
  readonly columns: readonly Column[];
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
    default: z.unknown().optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minItems: z.number().optional(),
    maxItems: z.number().optional(),
    maxProperties: z.number().optional(),
    'x-kubernetes-list-type': z.string().optional(),
    'x-kubernetes-list-map-keys': z.array(z.string()).optional(),
    'x-kubernetes-validations': z.array(z.object({ rule: z.string(), message: z.string().optional() })).optional(),
  }),
);

const crd = z.object({
  kind: z.literal('CustomResourceDefinition'),
  spec: z.object({
    scope: z.enum(['Cluster', 'Namespaced']),
    names: z.object({ kind: z.string(), plural: z.string(), shortNames: z.array(z.string()).default([]) }),
    versions: z.tuple([
      z.object({
        name: z.string(),
        subresources: z.object({ status: z.object({}).optional() }).optional(),
        additionalPrinterColumns: z
          .array(z.object({ name: z.string(), jsonPath: z.string(), priority: z.number().optional() }))
          .default([]),
        schema: z.object({ openAPIV3Schema: schema }),
      }),
    ]),
  }),
});

/** Reads every CustomResourceDefinition of `folder` (a file URL ending in a slash), in the order of the file names. */
export async function readCrdSchemas(folder: URL): Promise<readonly CrdPage[]> {
  const files = (await readdir(folder))
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .sort();
  return await Promise.all(
    files.map(async (file) => {
      const parsed = crd.safeParse(parse(await readFile(new URL(file, folder), 'utf8')));
      if (!parsed.success)
        throw new Error(`${file} is not a CustomResourceDefinition with one version: ${z.prettifyError(parsed.error)}`);
      return { file, ...pageOf(parsed.data.spec) };
    }),
  );
}

function pageOf({ names, scope, versions: [version] }: z.infer<typeof crd>['spec']): Omit<CrdPage, 'file'> {
  return {
    ...names,
    scope,
    version: version.name,
    hasStatusSubresource: version.subresources?.status !== undefined,
    columns: version.additionalPrinterColumns,
    schema: version.schema.openAPIV3Schema,
  };
}
