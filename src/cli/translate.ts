import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { type Peer, peers, type Translation } from '../migrate/model.ts';
import { type Documents, readDocuments } from '../migrate/read-documents.ts';
import { renderJson, renderYaml, summarise } from '../migrate/render-translation.ts';
import { describeKinds } from '../migrate/sort-sources.ts';
import { hasSources, translateFrom } from '../migrate/translate.ts';
import { readTree } from '../platform/read-tree.ts';
import { addManifestFlags, manifestEndings, parseLabel } from './manifest-flags.ts';
import { compileManifests } from './translate-compiled.ts';

interface Flags {
  readonly from?: Peer;
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly gatewayClass: string;
  readonly interface: string;
  readonly output: 'json' | 'yaml';
}

type PeerFlags = Flags & { readonly from: Peer };

/** Adds `sallyport translate -f FILE` and, with `--from PEER`, that of another gateway's manifests. */
export function addTranslate(program: Command): void {
  const command = program
    .command('translate')
    .description(
      'the compiled plan of manifests: what the controller would write; with --from, manifests of another egress gateway as ours, with notes on what they cannot say',
    )
    .addOption(new Option('--from <peer>', 'whose manifests').choices(peers))
    .option(
      '--gateway-class <name>',
      'with --from: of Gateways for which the source names no nodes or interface',
      parseLabel,
      'egress',
    )
    .option(
      '--interface <name>',
      "with --from: the gateway nodes' interface where only the source can leave it open",
      'eth0',
    );
  addManifestFlags(command)
    .addOption(new Option('-o, --output <format>', 'print the result').choices(['json', 'yaml']).default('yaml'))
    .action(async (flags: Flags) => {
      if (flags.from !== undefined) return await translatePeer({ ...flags, from: flags.from });
      const manifests = await compileManifests(flags);
      process.stdout.write(
        flags.output === 'json'
          ? `${JSON.stringify({ manifests }, undefined, 2)}\n`
          : manifests.map((manifest) => stringify(manifest)).join('---\n'),
      );
    });
}

async function translatePeer(flags: PeerFlags): Promise<void> {
  const documents = await readAll(flags.filename);
  const translation = translateFrom(documents, flags);
  if (translation.manifests.length > 0) process.stdout.write(render(translation, flags.output));
  process.stderr.write(
    translation.problems
      .map(({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`}: ${message}\n`)
      .join(''),
  );
  process.stderr.write(summarise(translation));
  const failure = describeFailure(translation, documents, flags);
  if (failure !== undefined) throw new Error(failure);
}

function render(translation: Translation, output: Flags['output']): string {
  return output === 'json' ? renderJson(translation) : renderYaml(translation);
}

function describeFailure(
  { manifests, problems }: Translation,
  documents: Documents,
  flags: PeerFlags,
): string | undefined {
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

// What can be read of a migration is translated, whatever else is missing.
async function readPath(path: string): Promise<readonly Documents[]> {
  try {
    return (await readTree([path], manifestEndings)).map(({ file, text }) => readDocuments(file, text));
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(`${path}: `, '') : String(error);
    return [{ objects: [], problems: [{ file: path, message }] }];
  }
}
