import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from './build.ts';
import { parseImageOptions, usage } from './options.ts';
import { PinsGone } from './pins-gone.ts';
import { updateDebianLock } from './update-lock.ts';

// What hack/image does: builds the image, or pins other packages.

function say(text: string): void {
  process.stderr.write(`image: ${text}\n`);
}

function sayWhatToDo({ date }: PinsGone): void {
  const day = `${date.replaceAll('-', '')}T235959Z`;
  const lines = [
    'hack/image --update-lock    pins what is there now: another image, to be tested and committed',
    'or, for the very image that was meant, an archive of all versions:',
    `SALLYPORT_DEBIAN_MIRROR=http://snapshot.debian.org/archive/debian/${day} \\`,
    `SALLYPORT_DEBIAN_SECURITY_MIRROR=http://snapshot.debian.org/archive/debian-security/${day} hack/image`,
  ];
  process.stderr.write(lines.map((line) => `  ${line}\n`).join(''));
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

try {
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'),
  );
  const options = parseImageOptions(process.argv.slice(2), version);
  if (options.kind === 'help') process.stdout.write(`${usage}\n`);
  else if (options.kind === 'update-lock') {
    const { count, date } = await updateDebianLock(options.lock);
    say(`${count} packages pinned, of ${date}`);
  } else {
    const { digest, layers, sbom } = await buildImage(options, { version, say });
    for (const { title, size, uncompressed } of layers)
      say(`${title}: ${megabytes(uncompressed)}, compressed ${megabytes(size)}`);
    say(`${options.name}: ${megabytes(layers.reduce((sum, { size }) => sum + size, 0))} compressed; its SBOM: ${sbom}`);
    process.stdout.write(`${digest}\n`);
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof PinsGone) sayWhatToDo(error);
  process.exitCode = error instanceof PinsGone ? 3 : 1;
}
