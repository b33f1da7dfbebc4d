import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** The parts of an image's name as kustomize has them. */
export interface ImageName {
  readonly newName: string;
  readonly newTag?: string;
  readonly digest?: string;
}

export interface InstallOptions {
  /** The kustomization's folder. */
  readonly folder: string;
  readonly image?: ImageName;
  /** Absolute path; absent: stdout. */
  readonly output?: string;
}

const config = join(import.meta.dirname, '..', '..', 'config');

/** The arguments of hack/install-yaml; throws with what is wrong in them. */
export function parseInstallOptions(args: readonly string[]): InstallOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { overlay: { type: 'string' }, image: { type: 'string' }, output: { type: 'string' } },
  });
  return {
    folder: folderOf(values.overlay),
    ...(values.image === undefined ? {} : { image: parseImageName(values.image) }),
    ...(values.output === undefined ? {} : { output: resolve(values.output) }),
  };
}

function folderOf(overlay: string | undefined): string {
  if (overlay === undefined) return join(config, 'install');
  const folder = overlay === 'uninstall' ? join(config, overlay) : join(config, 'overlays', overlay);
  if (/^[a-z-]+$/.test(overlay) && existsSync(folder)) return folder;
  throw new Error(`--overlay ${overlay}: there is none of this name in config/overlays`);
}

/** `NAME[:TAG][@sha256:DIGEST]` in its parts; throws where it is none. */
export function parseImageName(text: string): ImageName {
  const pattern =
    /^([a-z0-9][a-z0-9._-]*(?::\d+)?(?:\/[a-z0-9][a-z0-9._-]*)*)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;
  const [, newName, newTag, digest] = pattern.exec(text) ?? [];
  if (newName === undefined) throw new Error(`--image ${text}: expected NAME[:TAG][@sha256:DIGEST]`);
  return { newName, ...(newTag === undefined ? {} : { newTag }), ...(digest === undefined ? {} : { digest }) };
}
