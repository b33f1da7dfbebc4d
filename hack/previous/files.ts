/** The tag of the images of N−1 in a lab. */
export const previousTag = 'previous';

/** Lies beside the tree's `config`, two folders down. */
export const overlayYaml = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../config/install]
images: [{name: sallyport, newTag: ${previousTag}}]
`;

/** The text of src/cli/version.ts of a commit, with a version that differs from our own; throws where it names none. */
export function stampVersion(
  text: string,
  own: string,
  commit: string,
): { readonly text: string; readonly version: string } {
  const found = /(\bversion = ')([^']+)(')/.exec(text);
  if (found === null) throw new Error(`src/cli/version.ts of ${commit} names no version: choose another commit`);
  const [whole, before, said = '', after] = found;
  const version = said === own ? `${said}-g${commit.slice(0, 7)}` : said;
  return { text: text.replace(whole, `${before}${version}${after}`), version };
}
