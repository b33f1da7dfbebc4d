import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Peer, peers, type Translation } from '../migrate/model.ts';
import { type Documents, readDocuments } from '../migrate/read-documents.ts';
import { renderJson, renderYaml, summarise } from '../migrate/render-translation.ts';
import { describeKinds } from '../migrate/sort-sources.ts';
import { hasSources, translateFrom } from '../migrate/translate.ts';
import { readTextIfExists } from '../platform/files.ts';
import { listFiles, readStdin } from '../platform/input-files.ts';

interface Flags {
  readonly from: Peer;
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly gatewayClass: string;
  readonly interface: string;
  readonly output: 'json' | 'yaml';
}

/** Adds `sallyport translate --from PEER -f FILE`. */
export function addTranslate(program: Command): void {
  program
    .command('translate')
    .description(
      'manifests of another egress gateway as manifests of Sallyport; what they cannot say is noted beside them and on stderr',
    )
    .addOption(new Option('--from <peer>', 'whose manifests').choices(peers).makeOptionMandatory())
    .requiredOption('-f, --filename <path...>', 'files, folders with .yaml, .yml and .json files, or - for stdin')
    .option(
      '-n, --namespace <name>',
      'of Gateways that serve no single namespace, and of manifests without one',
      label,
      'default',
    )
    .option('--gateway-class <name>', 'of Gateways for which the source names no nodes or interface', label, 'egress')
    .option(
      '--interface <name>',
      "the gateway nodes' interface, where the source leaves it to the nodes (Antrea's subnetInfo)",
      'eth0',
    )
    .addOption(new Option('-o, --output <format>', 'print the result').choices(['json', 'yaml']).default('yaml'))
    .action(async (flags: Flags) => {
      const documents = await readAll(flags.filename);
      const translation = translateFrom(documents, flags);
      if (translation.manifests.length > 0) process.stdout.write(render(translation, flags.output));
      process.stderr.write(
        translation.problems
          .map(({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`}: ${message}\n`)
          .join(''),
      );
      if (translation.manifests.length + translation.notes.length > 0) process.stderr.write(summarise(translation));
      const failure = describeFailure(translation, documents, flags);
      if (failure !== undefined) throw new Error(failure);
    });
}

function render(translation: Translation, output: Flags['output']): string {
  return output === 'json' ? renderJson(translation) : renderYaml(translation);
}

function describeFailure({ manifests, problems }: Translation, documents: Documents, flags: Flags): string | undefined {
  if (manifests.length > 0)
    return problems.length === 0
      ? undefined
      : `${problems.length} of the manifests could not be read; the others were translated`;
  if (problems.length > 0 || hasSources(documents, flags.from)) return 'nothing could be translated';
  return `nothing to translate: there is no ${describeKinds(flags.from)} in ${flags.filename.join(', ')}`;
}

async function readAll(paths: readonly string[]): Promise<Documents> {
  const all: Documents[] = [];
  for (const path of paths) all.push(...(await readPath(path)));
  return { objects: all.flatMap(({ objects }) => objects), problems: all.flatMap(({ problems }) => problems) };
}

async function readPath(path: string): Promise<readonly Documents[]> {
  if (path === '-') return [readDocuments('stdin', await readStdin())];
  try {
    const files = await listFiles(path);
    const wanted = files.filter((file) => file === path || /\.(ya?ml|json)$/.test(file));
    if (wanted.length === 0) return [refuse(path, 'is a folder without .yaml, .yml and .json files')];
    return await Promise.all(wanted.map(async (file) => readDocuments(file, (await readTextIfExists(file)) ?? '')));
  } catch (error) {
    return [refuse(path, describeError(error))];
  }
}

const refuse = (file: string, message: string): Documents => ({ objects: [], problems: [{ file, message }] });

function describeError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file or folder';
  return code === 'EACCES' ? 'may not be read' : `cannot be read: ${message}`;
}

function label(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('expected a name of lower-case letters, digits and inner hyphens, at most 63');
}
